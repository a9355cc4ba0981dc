/** Where phones reach this computer. It changes with the network; who needs it asks each time. */
export interface Reach {
  /** Scheme, name and port that stay when the address changes, such as `https://pc.local:8553`. */
  url: string
  /** The same by each of the computer's addresses in the network, the likeliest first. */
  urlsByAddress: string[]
  /** The page on plain HTTP that a phone can open before it trusts us, by name and by address; empty without TLS. */
  welcomeUrls: string[]
  /** The root certificate that phones are to trust, in PEM form; null when the certificate is not of our own making. */
  root: string | null
  /** When something at this network address last turned our certificate down, milliseconds since 1970; left out without TLS. */
  distrustedAt?: (address: string) => number | null
}
