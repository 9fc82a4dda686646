// A person at a VS Code window: what they see and press.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { screenshots } from './places.mjs'
import { until } from './waiting.mjs'

/**
 * Opens a browser, with a fresh profile, that reaches nothing but this machine.
 * @param language Of the extension host, as a language pack would set it. VS Code itself has no such pack here.
 */
export async function openWorkbench(server, { size = { width: 1400, height: 900 }, language } = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'moe-browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium', headless: true, viewport: size,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
      '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1'],
  })
  if (language !== undefined) await context.addInitScript((tag) => { globalThis._VSCODE_NLS_LANGUAGE = tag }, language)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(server.url).origin })
  const page = context.pages()[0] ?? await context.newPage()
  const workbench = new Workbench(page, async () => {
    await context.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  })
  await page.goto(server.url, { waitUntil: 'domcontentloaded' })
  await page.waitForSelector('.monaco-workbench .part.statusbar', { timeout: 60_000 })
  await page.waitForSelector('.explorer-folders-view .monaco-list', { timeout: 60_000 })
  return workbench
}

class Workbench {
  constructor(page, close) {
    this.page = page
    this.close = close
  }

  async shot(name) {
    await this.page.waitForTimeout(500)       // what fades in has come
    await this.page.screenshot({ path: join(screenshots, `${name}.png`) })
  }

  /** Types into the quick input until its focused row is `row`, and takes it. Rows are drawn again while the list fills, so none is clicked. */
  async pick(text, row = text) {
    const widget = this.page.locator('.quick-input-widget')
    const input = widget.locator('input.input').first()
    await input.waitFor({ state: 'visible' })
    const focused = widget.locator('.monaco-list-row.focused').first()
    await until(async () => {
      if (await input.inputValue() !== text) await input.fill(text)       // what was typed into the list before, as it closed, is gone
      return (await focused.innerText({ timeout: 1_000 })).includes(row)
    }, `the row ${row}`)
    await input.press('Enter')
  }

  /** Runs a command by its title. */
  command(title, patience) {
    return this.#run(`>${title}`, title, patience)
  }

  /** Starts a configuration of launch.json by its name. */
  debug(name) {
    return this.#run(`debug ${name}`, name)
  }

  /** The list of the palette is not made again when commands and configurations become known, and it closes when a view that comes up takes the focus: so it is opened again. */
  async #run(text, row, patience = 60_000) {
    const focused = this.page.locator('.quick-input-widget .monaco-list-row.focused').first()
    await until(async () => {
      await this.page.keyboard.press('Escape')
      await this.page.keyboard.press('F1')
      await this.page.locator('.quick-input-widget input.input').first().fill(text, { timeout: 2_000 })
      await this.page.waitForTimeout(400)
      return (await focused.innerText({ timeout: 1_000 })).includes(row)
    }, `${row} in the palette`, patience)
    await this.page.keyboard.press('Enter')
  }

  async openFile(name) {
    await this.#run(name, name)
    await this.page.waitForSelector(`.tabs-container .tab[data-resource-name="${name.split('/').at(-1)}"].active`)
    await this.page.waitForSelector('.monaco-editor .view-lines .view-line')
  }

  /** Puts the cursor on a line of the editor, from 1. */
  async goToLine(line) {
    await this.#run(`:${line}`, `line ${line}`)
  }

  rows(pane) {
    return this.page.locator(`${pane} .monaco-list-row`)
  }

  variable(text) {
    return this.rows('.debug-variables').filter({ hasText: text }).first()
  }

  button(name) {
    return this.page.locator(`.debug-toolbar .action-label.codicon-debug-${name}`)
  }

  /** Clicks a toolbar button and waits until it stands at `place`. */
  async move(name, place) {
    await this.button(name).click()
    await this.at(place)
  }

  /** Waits until it stands at `place`: token | router | step. */
  async at(place) {
    await until(async () => place.test(await this.place()), `a stop at ${place}`, 30_000)
  }

  /** The frames of the stop, a sentence: token | router | step. Empty while it runs, and while they come in. */
  async place() {
    const frames = await this.rows('.debug-call-stack').filter({ has: this.page.locator('.stack-frame') }).allInnerTexts()
    return frames.length < 3 ? '' : frames.map((text) => text.replaceAll(/\s+/g, ' ').trim()).join(' | ')
  }

  async stopped() {
    await this.button('continue').waitFor({ timeout: 30_000 })
    return until(() => this.place(), 'a stack', 30_000)
  }

  /** Leaves no session, menu, dialog, breakpoint or editor to the next test, however this one ended. */
  async reset() {
    await this.page.keyboard.press('Escape')
    await this.page.keyboard.press('Escape')
    await until(async () => {
      if (!await this.button('stop').isVisible()) return true
      await this.button('stop').click({ timeout: 1_000 })       // a session that ends by itself just now takes its button away
      await this.ended()
      return true
    }, 'the end of the session')
    await this.command('Remove All Breakpoints', 3_000).catch(() => this.page.keyboard.press('Escape'))      // it is offered where there are any
    await this.command('Notifications: Clear All Notifications')
  }

  async ended() {
    await this.page.waitForSelector('.debug-toolbar', { state: 'hidden', timeout: 20_000 })
  }

  /** Scrolls the Breakpoints view to its end, behind the filters: what is out of sight is not there. */
  async lastBreakpoints() {
    await this.page.locator('.debug-breakpoints .monaco-list').first().hover()
    await this.page.mouse.wheel(0, 2_000)
  }

  menuItem(text) {
    return this.page.locator('.monaco-menu .action-label', { hasText: text }).first()
  }

  /** Takes an item of the context menu of a row. A row that is drawn again just then has no menu, or another row's. */
  async choose(row, item) {
    await until(async () => {
      await row.click({ button: 'right', timeout: 2_000 })
      await this.menuItem(item).waitFor({ timeout: 2_000 }).catch((error) => this.page.keyboard.press('Escape').then(() => { throw error }))
      return true
    }, `the menu item ${item}`)
    await this.take(item)
  }

  /** Takes an item of the open menu. A menu that has just opened ignores a click. */
  async take(item) {
    await this.menuItem(item).waitFor()
    await until(async () => {
      await this.menuItem(item).click({ timeout: 1_000 }).catch(() => { /* it may be gone */ })
      await this.page.waitForTimeout(200)
      return await this.page.locator('.monaco-menu').count() === 0
    }, `the end of the menu after ${item}`)
  }

  lineNumber(line) {
    return this.page.locator('.editor-instance .margin-view-overlays .line-numbers', { hasText: new RegExp(`^${line}$`) }).first()
  }

  /** Where the gutter of a line is; once breakpoints can be set there, which is when the extension that allows them is known. */
  async gutter(line) {
    const number = await this.lineNumber(line).boundingBox()
    const margin = await this.page.locator('.editor-instance .margin').first().boundingBox()
    const [x, y] = [margin.x + 12, number.y + number.height / 2]
    await until(async () => {
      await this.page.mouse.move(x + 60, y)
      await this.page.mouse.move(x, y)
      return await this.page.locator('.editor-instance .cgmr[class*="codicon-debug-"]').count() > 0
    }, 'the hint in the gutter')
    return { x, y }
  }

  async toggleBreakpoint(line) {
    const { x, y } = await this.gutter(line)
    await this.page.mouse.click(x, y)
  }

  /** Puts the caret into the debug console. */
  async console() {
    await this.page.locator('.repl-input-wrapper .monaco-editor').first().click()
  }

  async evaluate(expression, answer) {
    await this.console()
    await this.page.keyboard.type(expression)
    await this.page.keyboard.press('Escape')       // the completions
    await this.page.keyboard.press('Enter')
    await this.answered(answer)
  }

  async answered(answer) {
    await this.page.locator('.repl .monaco-list-row', { hasText: answer }).last().waitFor({ timeout: 10_000 })
  }

  /** The decision's scope is open by itself, but in a window that shows it for the first time. */
  async expand(row) {
    await row.waitFor()
    await until(async () => {
      if (await row.getAttribute('aria-expanded') === 'true') return true
      await row.locator('.monaco-tl-twistie').click()
      return false
    }, 'an open row')
  }

  /** Fills the widget of a breakpoint: `kind` is Expression, Hit Count or Log Message. */
  async describeBreakpoint(line, kind, text, mode) {
    const { x, y } = await this.gutter(line)
    await this.page.mouse.click(x, y, { button: 'right' })
    await this.take('Add Conditional Breakpoint')
    const widget = this.page.locator('.breakpoint-widget').first()
    await widget.locator('.monaco-editor').first().waitFor()
    await widget.locator('select').nth(0).selectOption({ label: kind })
    if (mode !== undefined) await widget.locator('select').nth(1).selectOption({ label: mode })
    await widget.locator('.inputContainer').first().click()
    await this.page.keyboard.type(text)
    await until(async () => {
      await this.page.keyboard.press('Enter')        // the first one may take a suggestion
      await this.page.waitForTimeout(300)
      return await widget.count() === 0 || !await widget.isVisible()
    }, 'the end of the widget')
  }

  async toast(text) {
    const toast = this.page.locator('.notification-toast', { hasText: text }).first()
    await toast.waitFor({ timeout: 40_000 })
    return toast
  }

  status() {
    return this.page.locator('.statusbar-item[id*="moe.daemon"]')
  }
}
