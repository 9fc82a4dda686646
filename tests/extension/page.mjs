// The charts page in a real Chromium, under its own Content-Security-Policy. The extension's own host answers it; what needs an editor is collected in `acts`.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { load, pageFiles, repository } from './bundle.mjs'

/** A few of the workbench's colours, as its themes Dark Modern, Light Modern, and both high contrasts have them. */
const THEMES = JSON.parse(readFileSync(new URL('themes.json', import.meta.url), 'utf8'))

/**
 * @param call `(method, params) => result`, from a daemon.
 * @param sessions What the page hears first.
 */
export async function openPage({ call, sessions, theme = 'dark', locale = 'en', state, viewport = { width: 1100, height: 760 } }) {
  const [{ ChartsHost, page: html }, files] = await Promise.all([load('views/chartsHost.ts', 'webview/page.ts'), pageFiles()])
  const colours = `:root { ${Object.entries(THEMES[theme].colours).map(([name, value]) => `--vscode-${name}: ${value};`).join(' ')} }\n`
  const server = createServer((request, response) => {
    const file = files[request.url]
    if (file) response.setHeader('content-type', request.url.endsWith('.js') ? 'text/javascript' : 'text/css')
    else response.setHeader('content-type', 'text/html')
    if (request.url === '/charts.css') response.write(colours)
    response.end(file ?? html({ script: '/charts.js', style: '/charts.css', nonce: 'bm9uY2U', source: "'self'" }).replace('<body>', `<body class="${THEMES[theme].class}">`))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
  const page = await browser.newPage({ viewport, reducedMotion: 'reduce' })
  const problems = []
  page.on('pageerror', (error) => problems.push(error.stack))
  page.on('console', (message) => { if (message.type() === 'error') problems.push(message.text()) })

  const acts = []
  let pins = []
  const asked = []
  const bundle = locale === 'en' ? {} : JSON.parse(readFileSync(join(repository, `l10n/bundle.l10n.${locale}.json`), 'utf8'))
  const post = (message) => page.evaluate((m) => window.postMessage(m, '*'), message)
  const host = new ChartsHost({
    call: (method, params, token) => {
      asked.push({ method, params, token })
      return call(method, params, token)
    },
    post: (message) => void post(message).catch(() => {}),
    act: (message) => {
      acts.push(message)
      if (message.type === 'ready') void post({ type: 'start', locale, bundle }).then(() => post({ type: 'pins', pins })).then(() => post({ type: 'sessions', sessions }))
      if (message.type === 'pin') {
        pins = message.pinned ? [...pins, message.pin] : pins.filter(({ router, expert }) => router !== message.pin.router || expert !== message.pin.expert)
        void post({ type: 'pins', pins })
      }
    },
    explain: (error) => ({ facts: error.message }),
    log: (line) => problems.push(line),
  })
  await page.exposeFunction('toHost', (message) => host.receive(message))
  await page.addInitScript((saved) => {
    let kept = JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? saved
    globalThis.violations = []
    document.addEventListener('securitypolicyviolation', (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`))
    globalThis.acquireVsCodeApi = () => ({ postMessage: (message) => void toHost(message), getState: () => kept, setState: (value) => { kept = value; sessionStorage.setItem('state', JSON.stringify(value)) } })
  }, state)
  await page.goto(`http://127.0.0.1:${server.address().port}/`)

  const settled = () => page.waitForFunction(() => document.querySelector('main:not([aria-busy]) #finding')?.textContent && document.querySelector('.body').childElementCount > 0)
  const chart = {
    page, acts, asked, problems, post, settled,
    finding: () => page.textContent('#finding'),
    violations: () => page.evaluate(() => globalThis.violations),
    async tab(name) {
      await page.click(`#tab-${name}`)
      await settled()
    },
    async close() {
      await browser.close()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  await settled()
  return chart
}
