import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import { servicePages } from './service-pages.ts'

/** Takes pictures of every page of a running service, as WebP: desktop and phone, light and dark. */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:4680' },
    out: { type: 'string', default: join(import.meta.dirname, '../docs/images') },
    quality: { type: 'string', default: '60' },
  },
})

const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } } as const
/** A page is cut there: what lies beneath is seen by who runs it. */
const MOST_HEIGHT = 2400

await mkdir(values.out, { recursive: true })
const browser = await chromium.launch({
  executablePath: process.env.REDLINE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})
try {
  for (const { name, path } of await servicePages(values.url)) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      // Its policy of scripts forbids what waits for conditions in the page.
      const page = await browser.newPage({ viewport, bypassCSP: true })
      await page.goto(values.url + path)
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      await page.locator('.skeleton').first().waitFor({ state: 'hidden' })
      await page.waitForLoadState('load')
      // What stands further down is drawn in tasks of its own.
      await page.evaluate('new Promise((done) => setTimeout(() => requestIdleCallback(done), 500))')
      await page.evaluate('document.fonts.ready')
      // Charts are drawn once they come near the window, or for print.
      await page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
      if ((await page.locator('.chart-box').count()) > 0)
        await page.waitForFunction(
          "[...document.querySelectorAll('.chart-box canvas')].every((canvas) => canvas.style.height !== '')",
        )
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
        const height = Number(await page.evaluate('document.documentElement.scrollHeight'))
        const session = await page.context().newCDPSession(page)
        const { data } = await session.send('Page.captureScreenshot', {
          format: 'webp',
          quality: Number(values.quality),
          captureBeyondViewport: true,
          clip: { x: 0, y: 0, width: viewport.width, height: Math.min(height, MOST_HEIGHT), scale: 1 },
        })
        const file = `${name}-${size}-${colorScheme}.webp`
        const bytes = Buffer.from(data, 'base64')
        await writeFile(join(values.out, file), bytes)
        console.log(`${file} ${(bytes.length / 1000).toFixed(0)} kB`)
      }
      await page.close()
    }
  }
} finally {
  await browser.close()
}
