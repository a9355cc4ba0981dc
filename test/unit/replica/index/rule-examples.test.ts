/** The examples of RFC 5545 for recurrence rules. */
import { describe, expect, test } from 'vitest'
import { starts } from './rules.ts'

describe('the examples of RFC 5545, 3.8.5.3', () => {
  // Start, rule, and the month and day (or day and time) of the starts; `...` for rules that go on.
  const examples: [string, string, string, string][] = [
    [
      'daily for 10 times',
      '19970902T090000',
      'FREQ=DAILY;COUNT=10',
      '09-02 09-03 09-04 09-05 09-06 09-07 09-08 09-09 09-10 09-11',
    ],
    ['every other day', '19970902T090000', 'FREQ=DAILY;INTERVAL=2', '09-02 09-04 09-06 09-08 ...'],
    [
      'every 10 days, 5 times',
      '19970902T090000',
      'FREQ=DAILY;INTERVAL=10;COUNT=5',
      '09-02 09-12 09-22 10-02 10-12',
    ],
    [
      'weekly for 10 times',
      '19970902T090000',
      'FREQ=WEEKLY;COUNT=10',
      '09-02 09-09 09-16 09-23 09-30 10-07 10-14 10-21 10-28 11-04',
    ],
    [
      'Tuesday and Thursday for 5 weeks',
      '19970902T090000',
      'FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH',
      '09-02 09-04 09-09 09-11 09-16 09-18 09-23 09-25 09-30 10-02',
    ],
    [
      'every other week on Monday, Wednesday and Friday',
      '19970901T090000',
      'FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE,FR',
      '09-01 09-03 09-05 09-15 09-17 09-19 09-29 ...',
    ],
    [
      'the first Friday of the month',
      '19970905T090000',
      'FREQ=MONTHLY;COUNT=10;BYDAY=1FR',
      '09-05 10-03 11-07 12-05 01-02 02-06 03-06 04-03 05-01 06-05',
    ],
    [
      'first and last Sunday of every other month',
      '19970907T090000',
      'FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU',
      '09-07 09-28 11-02 11-30 01-04 01-25 03-01 03-29 05-03 05-31',
    ],
    [
      'the second last Monday of the month',
      '19970922T090000',
      'FREQ=MONTHLY;COUNT=6;BYDAY=-2MO',
      '09-22 10-20 11-17 12-22 01-19 02-16',
    ],
    [
      'the third last day of the month',
      '19970928T090000',
      'FREQ=MONTHLY;BYMONTHDAY=-3',
      '09-28 10-29 11-28 12-29 01-29 02-26 ...',
    ],
    [
      'the 2nd and 15th',
      '19970902T090000',
      'FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15',
      '09-02 09-15 10-02 10-15 11-02 11-15 12-02 12-15 01-02 01-15',
    ],
    [
      'first and last day of the month',
      '19970930T090000',
      'FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1',
      '09-30 10-01 10-31 11-01 11-30 12-01 12-31 01-01 01-31 02-01',
    ],
    [
      '10th to 15th every 18 months',
      '19970910T090000',
      'FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15',
      '09-10 09-11 09-12 09-13 09-14 09-15 03-10 03-11 03-12 03-13',
    ],
    [
      'every Tuesday, every other month',
      '19970902T090000',
      'FREQ=MONTHLY;INTERVAL=2;BYDAY=TU',
      '09-02 09-09 09-16 09-23 09-30 11-04 11-11 ...',
    ],
    [
      'June and July',
      '19970610T090000',
      'FREQ=YEARLY;COUNT=10;BYMONTH=6,7',
      '06-10 07-10 06-10 07-10 06-10 07-10 06-10 07-10 06-10 07-10',
    ],
    [
      'January to March, every other year',
      '19970310T090000',
      'FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3',
      '03-10 01-10 02-10 03-10 01-10 02-10 03-10 01-10 02-10 03-10',
    ],
    [
      'days 1, 100 and 200 every third year',
      '19970101T090000',
      'FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200',
      '01-01 04-10 07-19 01-01 04-09 07-18 01-01 04-10 07-19 01-01',
    ],
    ['every 20th Monday of the year', '19970519T090000', 'FREQ=YEARLY;BYDAY=20MO', '05-19 05-18 05-17 ...'],
    ['Monday of week 20', '19970512T090000', 'FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO', '05-12 05-11 05-17 ...'],
    [
      'every Thursday in March',
      '19970313T090000',
      'FREQ=YEARLY;BYMONTH=3;BYDAY=TH',
      '03-13 03-20 03-27 03-05 03-12 03-19 03-26 ...',
    ],
    [
      'every Friday the 13th',
      '19980213T090000',
      'FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13',
      '02-13 03-13 11-13 08-13 10-13 ...',
    ],
    [
      'the Saturday after the first Sunday',
      '19970913T090000',
      'FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13',
      '09-13 10-11 11-08 12-13 01-10 02-07 ...',
    ],
    [
      'election day',
      '19961105T090000',
      'FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8',
      '11-05 11-07 11-02 ...',
    ],
    [
      'the third of Tuesday, Wednesday or Thursday',
      '19970904T090000',
      'FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3',
      '09-04 10-07 11-06',
    ],
    [
      'the second last weekday',
      '19970929T090000',
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2',
      '09-29 10-30 11-27 12-30 01-29 ...',
    ],
    [
      'the start of the week matters: Monday',
      '19970805T090000',
      'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO',
      '08-05 08-10 08-19 08-24',
    ],
    [
      'the start of the week matters: Sunday',
      '19970805T090000',
      'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU',
      '08-05 08-17 08-19 08-31',
    ],
    [
      'days that do not exist are left out',
      '20070115T090000',
      'FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5',
      '01-15 01-30 02-15 03-15 03-30',
    ],
    ['29 February', '20040229', 'FREQ=YEARLY;COUNT=3', '02-29 02-29 02-29'],
  ]
  test.each(examples)('%s', (_name, start, rule, expected) => {
    const goesOn = expected.endsWith('...')
    const days = expected.split(' ').filter((day) => day !== '...')
    const found = starts(start, rule, goesOn ? days.length : 100).map((day) => day.slice(5, 10))
    expect(found).toEqual(days)
  })

  const byClock: [string, string, string, string][] = [
    [
      'every 3 hours until 17:00',
      '19970902T090000',
      'FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z',
      '09:00 12:00 15:00',
    ],
    [
      'every 15 minutes, 6 times',
      '19970902T090000',
      'FREQ=MINUTELY;INTERVAL=15;COUNT=6',
      '09:00 09:15 09:30 09:45 10:00 10:15',
    ],
    [
      'every hour and a half, 4 times',
      '19970902T090000',
      'FREQ=MINUTELY;INTERVAL=90;COUNT=4',
      '09:00 10:30 12:00 13:30',
    ],
    [
      'every 20 minutes from 9:00 to 10:40, as times of a day',
      '19970902T090000',
      'FREQ=DAILY;BYHOUR=9,10;BYMINUTE=0,20,40;COUNT=7',
      '09:00 09:20 09:40 10:00 10:20 10:40 09:00',
    ],
    [
      'the same as a limited rule by minutes',
      '19970902T090000',
      'FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10;COUNT=7',
      '09:00 09:20 09:40 10:00 10:20 10:40 09:00',
    ],
    [
      'seconds in an hourly rule',
      '19970902T090000',
      'FREQ=HOURLY;BYMINUTE=0,30;COUNT=4',
      '09:00 09:30 10:00 10:30',
    ],
  ]
  test.each(byClock)('%s', (_name, start, rule, expected) => {
    expect(starts(start, rule).map((time) => time.slice(11))).toEqual(expected.split(' '))
  })
})
