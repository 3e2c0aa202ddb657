import { chromium, type Browser } from 'playwright-core'

/** Where Debian and most others put it. */
const CHROMIUM = process.env.REDLINE_CHROMIUM ?? '/usr/bin/chromium'

/** Starts the browser of this machine, which asks nothing of the network by itself. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
