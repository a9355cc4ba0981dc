/** Serves a data folder until it is told to stop: the phones' side on one port, the control side on another. */
import { networkInterfaces, hostname as systemHostname } from 'node:os'
import { join } from 'node:path'
import { announce } from '../lan/announce.ts'
import { type Certificates, givenCertificates, ownCertificates } from '../lan/certificates.ts'
import { openLan } from '../lan/lan.ts'
import { readPrivate, removePrivate, writePrivate } from '../private-file.ts'
import type { Reach } from '../reach.ts'
import { realTimers } from '../timers.ts'
import { openAuthority } from '../tls/own-certificate.ts'
import { realWorld } from '../world.ts'
import { controlFile } from './connect.ts'
import { startControl } from './control-server.ts'
import { openHere } from './open-here.ts'

export interface ServeOptions {
  dataFolder: string
  /** Undefined listens on all addresses; without TLS, on loopback. */
  host: string | undefined
  /** 0 takes any free one. */
  port: number
  /** `own` takes a certificate from this installation's own root; files are in PEM form; `none` is refused beyond loopback. */
  tls: 'own' | 'none' | { cert: string; key: string }
  /** Whether phones may find this computer by multicast DNS. */
  announce: boolean
  log: (line: string) => void
}

export interface Serving {
  /** Where phones reach it. */
  reach: Reach
  stop(): Promise<void>
}

const LOOPBACK = '127.0.0.1'

/** @throws Problem `data-in-use`, and as `openLan` does. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { dataFolder, tls, port, log } = options
  const host = options.host ?? (tls === 'none' ? LOOPBACK : undefined)
  const engine = await openHere(dataFolder, log)
  try {
    const certificates = await openCertificates(tls, dataFolder)
    const lan = await openLan({
      ...{ world: realWorld, timers: realTimers, hostname: systemHostname, interfaces: networkInterfaces },
      ...{ host, port, certificates, log },
      announce: options.announce
        ? (services, links) => announce(services, links, { now: realWorld.now, log })
        : null,
      phones: engine.phones,
      setReach: (reach) => engine.setReach(reach),
    })
    const control = await startControl(engine, realWorld, log, await lastWindowPort(dataFolder))
    await writePrivate(
      realWorld,
      controlFile(dataFolder),
      JSON.stringify({ url: control.url, token: control.token, pid: process.pid }),
    )
    await writePrivate(realWorld, windowPortFile(dataFolder), new URL(control.url).port)
    await engine.startSchedule()
    const stop = async () => {
      await removePrivate(controlFile(dataFolder))
      await Promise.all([lan.close(), control.close()])
      await engine.close()
    }
    return { reach: lan.reach, stop }
  } catch (error) {
    await engine.close()
    throw error
  }
}

/** Where the port of the window is kept from start to start. */
function windowPortFile(dataFolder: string): string {
  return join(dataFolder, 'window-port')
}

/** 0, for any, at the first start. */
async function lastWindowPort(dataFolder: string): Promise<number> {
  const port = Number(await readPrivate(windowPortFile(dataFolder)))
  return Number.isInteger(port) && port > 1023 && port < 65_536 ? port : 0
}

async function openCertificates(tls: ServeOptions['tls'], dataFolder: string): Promise<Certificates | null> {
  if (tls === 'none') return null
  if (tls !== 'own') return givenCertificates(tls)
  return ownCertificates(await openAuthority(realWorld, join(dataFolder, 'tls'), systemHostname()))
}
