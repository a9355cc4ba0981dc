/** Made-up people with names from many places; their numbers and addresses are ones kept free for fiction and examples. */
import type { Chance } from './chance.ts'

export interface Person {
  given: string
  family: string
  organisation: string | null
  title: string | null
  phones: { label: 'cell' | 'home' | 'work'; number: string }[]
  mails: { label: 'home' | 'work'; address: string }[]
  home: Address | null
  /** Without a year where only the day is known. */
  birthday: { year: number | null; month: number; day: number } | null
  note: string | null
}

export interface Address {
  street: string
  city: string
  region: string
  code: string
  country: string
  /** ISO 3166, lower case. */
  countryCode: string
}

interface Place {
  /** ISO 3166, lower case. */
  countryCode: string
  given: readonly string[]
  family: readonly string[]
  /** `#` stands for a digit. */
  numbers: readonly string[]
  streets: readonly string[]
  /** City, region, postal code, country. */
  cities: readonly (readonly [string, string, string, string])[]
}

// Numbers are from the ranges that the countries keep for fiction; where none is known, zeros stand for most digits.
const PLACES: readonly Place[] = [
  {
    countryCode: 'gb',
    given: ['Ada', 'Grace', 'Oliver', 'Amelia', 'Harry', 'Isla', 'George', 'Siobhán', 'Zoë', 'Rhys'],
    family: [
      'Turner',
      "O'Neill",
      'Hughes',
      'Bennett',
      'Fraser',
      'Khan',
      'Whitfield',
      'Lloyd-Jones',
      'Okafor',
    ],
    numbers: ['+44 7700 900###', '020 7946 0###', '0131 496 0###'],
    streets: ['14 Station Road', 'Flat 3, 27 Mill Lane', '8 The Crescent', 'Rose Cottage, Church Street'],
    cities: [
      ['London', '', 'N1 9GU', 'United Kingdom'],
      ['Edinburgh', '', 'EH1 1YZ', 'United Kingdom'],
      ['Cardiff', '', 'CF10 3AT', 'United Kingdom'],
    ],
  },
  {
    countryCode: 'de',
    given: ['Jürgen', 'Anneliese', 'Lukas', 'Mia', 'Sören', 'Käthe', 'Jonas', 'Friederike', 'Emre', 'Björn'],
    family: ['Müller', 'Schäfer', 'Weiß', 'von der Heide', 'Yılmaz', 'Größmann', 'Krüger', 'Lehmann'],
    numbers: ['+49 30 23125 ###', '+49 171 39200##', '0221 4710 ###'],
    streets: ['Lindenstraße 12', 'Am Mühlbach 3', 'Goethestr. 88, Hinterhaus', 'Königsallee 5a'],
    cities: [
      ['Berlin', '', '10115', 'Deutschland'],
      ['Köln', '', '50667', 'Deutschland'],
      ['München', '', '80331', 'Deutschland'],
    ],
  },
  {
    countryCode: 'us',
    given: [
      'Emily',
      'Mateo',
      'Ava',
      'Jayden',
      'Ximena',
      'Noah',
      'Charlotte',
      'Elijah',
      'Guadalupe',
      'Mary-Ann',
    ],
    family: ['Johnson', 'García', 'Nguyen', 'Washington', 'Martínez', 'Peterson', 'Kealoha', 'McAllister'],
    numbers: ['(212) 555-01##', '+1 415-555-01##', '+131255501##'],
    streets: ['742 Maple Ave', '1600 Ocean Blvd, Apt 4B', '19 County Rd 210', 'PO Box 118'],
    cities: [
      ['New York', 'NY', '10001', 'USA'],
      ['San Francisco', 'CA', '94110', 'USA'],
      ['Chicago', 'IL', '60614', 'USA'],
    ],
  },
  {
    countryCode: 'fr',
    given: ['Amélie', 'Théo', 'Chloé', 'Jean-Baptiste', 'Inès', 'François', 'Léa', 'Noël'],
    family: ['Lefèvre', 'Dubois', "d'Aubigné", 'Benali', 'Moreau', 'Le Goff', 'Châtelain'],
    numbers: ['+33 1 99 00 ## ##', '06 39 98 ## ##'],
    streets: ['5, rue de la République', '12 bis, avenue des Tilleuls', 'Résidence « Les Pins », bât. C'],
    cities: [
      ['Paris', '', '75011', 'France'],
      ['Besançon', '', '25000', 'France'],
    ],
  },
  {
    countryCode: 'pl',
    given: ['Łukasz', 'Małgorzata', 'Paweł', 'Agnieszka', 'Grzegorz', 'Świętosława'],
    family: ['Wójcik', 'Dąbrowska', 'Kaczmarek', 'Źdźbło', 'Szymański'],
    numbers: ['+48 22 000 0# ##'],
    streets: ['ul. Świętokrzyska 7/12', 'os. Piastów 3'],
    cities: [
      ['Kraków', '', '31-001', 'Polska'],
      ['Łódź', '', '90-001', 'Polska'],
    ],
  },
  {
    countryCode: 'cz',
    given: ['Zdeněk', 'Jiří', 'Šárka', 'Tomáš', 'Alžběta'],
    family: ['Dvořák', 'Žižka', 'Nováková', 'Růžička'],
    numbers: ['+420 601 000 ###'],
    streets: ['Náměstí Míru 4', 'Křižíkova 18'],
    cities: [['Plzeň', '', '301 00', 'Česko']],
  },
  {
    countryCode: 'ua',
    given: ['Анна', 'Дмитро', 'Ольга', 'Тарас', 'Олена'],
    family: ['Шевченко', 'Коваленко', 'Лисенко', 'Мельник'],
    numbers: ['+380 44 000 0###'],
    streets: ['вул. Хрещатик, 22'],
    cities: [['Київ', '', '01001', 'Україна']],
  },
  {
    countryCode: 'gr',
    given: ['Ελένη', 'Γιώργος', 'Δέσποινα'],
    family: ['Παπαδόπουλος', 'Νικολάου'],
    numbers: ['+30 21 0000 0###'],
    streets: ['Οδός Ερμού 15'],
    cities: [['Αθήνα', '', '105 63', 'Ελλάδα']],
  },
  {
    countryCode: 'jp',
    given: ['花子', '太郎', 'さくら', '健一'],
    family: ['山田', '佐藤', '髙橋', '𠮷田'],
    numbers: ['+81 3-0000-0###'],
    streets: ['千代田1-2-3'],
    cities: [['東京都', '', '100-0001', '日本']],
  },
  {
    countryCode: 'kr',
    given: ['민준', '서연', '지우'],
    family: ['김', '박', '이'],
    numbers: ['+82 2-000-0###'],
    streets: ['테헤란로 152'],
    cities: [['서울', '', '06236', '대한민국']],
  },
  {
    countryCode: 'in',
    given: ['Priya', 'Arjun', 'Lakshmi', 'रवि', 'अनीता'],
    family: ['Sharma', 'Iyer', 'Chatterjee', 'पटेल'],
    numbers: ['+91 11 0000 0###'],
    streets: ['21/4 MG Road', 'Plot 9, Sector 14'],
    cities: [['Bengaluru', 'KA', '560001', 'India']],
  },
  {
    countryCode: 'eg',
    given: ['فاطمة', 'محمد', 'ليلى', 'يوسف'],
    family: ['الحسن', 'حداد', 'منصور'],
    numbers: ['+20 2 0000 0###'],
    streets: ['شارع النيل 9'],
    cities: [['القاهرة', '', '11511', 'مصر']],
  },
  {
    countryCode: 'il',
    given: ['נועה', 'יוסף', 'תמר'],
    family: ['כהן', 'לוי', 'מזרחי'],
    numbers: ['+972 2-000-0###'],
    streets: ['רחוב הרצל 40'],
    cities: [['חיפה', '', '3303101', 'ישראל']],
  },
  {
    countryCode: 'ke',
    given: ['Amina', 'Kamau', 'Wanjiru', 'Otieno'],
    family: ['Mwangi', 'Odhiambo', 'Njoroge'],
    numbers: ['+254 20 000 0###'],
    streets: ['12 Moi Avenue'],
    cities: [['Nairobi', '', '00100', 'Kenya']],
  },
]

const ORGANISATIONS = [
  'Northwind Bakery',
  'Contoso, Ltd.',
  'Praxis Dr. Weiß',
  'Fabrikam; Sons & Co',
  'École Jules-Verne',
]
const TITLES = ['Teacher', 'Plumber', 'Kinderärztin', 'Head of Sales, EMEA', 'Trainer U12']
const NOTES = [
  'Met at the school fair, has the spare key.',
  'Allergic to nuts!\nCall first, the bell is broken.',
  'Gate code: 4711; then second door on the left, \\ up the stairs',
  'Friend of Mum’s 🎂 loves lemon cake — never carrot. Bring the blue bowl back, it has been here since the summer party and they asked for it twice.',
]

export function makePerson(chance: Chance): Person {
  const place = chance.pick(PLACES)
  const given = chance.pick(place.given)
  const family = chance.often(0.95) ? chance.pick(place.family) : ''
  const atWork = chance.often(0.3)
  const [city, region, code, country] = chance.pick(place.cities)
  return {
    given,
    family,
    organisation: atWork ? chance.pick(ORGANISATIONS) : null,
    title: atWork && chance.often(0.5) ? chance.pick(TITLES) : null,
    phones: makeNumbers(chance, place),
    mails: chance.often(0.6)
      ? [{ label: atWork ? 'work' : 'home', address: makeMail(chance, given, family) }]
      : [],
    home: chance.often(0.35)
      ? { street: chance.pick(place.streets), city, region, code, country, countryCode: place.countryCode }
      : null,
    birthday: chance.often(0.4)
      ? {
          year: chance.often(0.8) ? chance.between(1935, 2020) : null,
          month: chance.between(1, 12),
          day: chance.between(1, 28),
        }
      : null,
    note: chance.often(0.2) ? chance.pick(NOTES) : null,
  }
}

function makeNumbers(chance: Chance, place: Place): Person['phones'] {
  const labels = ['cell', 'home', 'work'] as const
  return labels.slice(0, chance.between(1, 3)).map((label) => ({
    label,
    number: chance.pick(place.numbers).replace(/#/g, () => String(chance.between(0, 9))),
  }))
}

function makeMail(chance: Chance, given: string, family: string): string {
  const plain = `${given}.${family}`
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z.]/g, '')
    .replace(/^\.+|\.+$/g, '')
  return `${plain || 'mail'}${chance.between(1, 999)}@${chance.pick(['example.org', 'example.com', 'example.net'])}`
}
