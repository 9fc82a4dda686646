// The charts in a window of VS Code: opened by their command, on the sample recording, with the debugger beside them.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { startServer } from './server.mjs'
import { until } from './waiting.mjs'
import { openWorkbench } from './workbench.mjs'

let server, workbench, page

before(async () => {
  server = await startServer({ settings: { 'moe.trace': 'verbose' } })
  workbench = await openWorkbench(server)
  page = workbench.page
  await page.locator('.activitybar .action-item a[aria-label^="MoE"]').waitFor()      // by then the commands are known
})
after(async () => {
  await workbench?.close()
  await server?.stop()
})
afterEach(async ({ name, passed }) => {
  if (passed === false) await workbench.shot(`failed ${name}`)
})

/** The page of the charts, inside VS Code's frames. */
const charts = () => until(async () => {
  for (const frame of page.frames()) if (await frame.locator('#tab-load').count() > 0) return frame
}, 'the charts')
const finding = (frame, pattern) => until(async () => {
  const text = await frame.locator('main:not([aria-busy]) #finding').textContent({ timeout: 1000 })
  return pattern.test(text) ? text : undefined
}, `a title like ${pattern}`)

test('without a session the charts offer the sample recording, and then draw it', async () => {
  await workbench.command('MoE: Show Charts')
  const frame = await charts()
  await finding(frame, /^No session yet\.$/)
  await workbench.shot('charts-empty')
  await frame.getByRole('button', { name: 'Open sample recording' }).click()
  await workbench.stopped()
  await workbench.command('MoE: Show Charts')
  await finding(await charts(), /fair share|load|dead/i)
  await workbench.shot('charts-load')
})

test('each tab draws the sample recording', async () => {
  const frame = await charts()
  for (const [tab, title] of Object.entries({ timeline: /^Layer|^Nothing/, flow: / sends /, together: /chance/, logits: /^Layer \d: logits/, expert: /^L\d·E\d+ /, compare: /^Comparing takes two runs/ })) {
    await frame.locator(`#tab-${tab}`).click()
    await finding(frame, title)
    await workbench.shot(`charts-${tab}`)
  }
})

test('a click on a token moves the debugger there', async () => {
  const frame = await charts()
  await frame.locator('#tab-tokens').click()
  await frame.locator('.token').first().waitFor()
  const token = frame.locator('.token').nth(2)
  await workbench.shot('charts-tokens')
  const word = (await token.locator('.word').textContent()).replaceAll('·', '').trim()    // the click brings the listing to the front
  await token.click()
  await until(async () => (await workbench.place()).startsWith('token 2 '), 'the debugger at token 2')
  assert.ok((await workbench.place()).includes(word))
})

test('a step of the debugger moves the focus of the charts', async () => {
  await workbench.move('step-into', /^token 3 /)
  await workbench.command('MoE: Show Charts')      // the listing has come to the front
  const frame = await charts()
  await until(async () => /row 3/.test(await frame.locator('.choices .chip').textContent()), 'the focus at row 3')
  await until(async () => (await frame.locator('.token.selected').getAttribute('data-i')) === '3', 'the token in focus')
})

for (const [theme, kind] of [['Light Modern', 'vscode-light'], ['Dark High Contrast', 'vscode-high-contrast'], ['Dark Modern', 'vscode-dark']])
  test(`the charts follow the theme ${theme}`, async () => {
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+K')
    await page.keyboard.press('Control+T')
    await workbench.pick(theme)
    await workbench.command('MoE: Show Charts')
    const frame = await charts()
    await frame.locator('#tab-load').click()
    await until(async () => (await frame.locator('body').getAttribute('class')).split(' ').includes(kind), kind)
    const [background, painted] = await until(() => frame.evaluate(() => {
      const { data } = document.querySelector('.cells canvas').getContext('2d').getImageData(1, 1, 1, 1)
      return [getComputedStyle(document.body).backgroundColor, `rgb(${data[0]}, ${data[1]}, ${data[2]})`]
    }), 'the canvas')
    assert.equal(painted, background)
    for (const tab of ['load', 'tokens', 'expert']) {
      await frame.locator(`#tab-${tab}`).click()
      await until(async () => await frame.locator('main:not([aria-busy])').count() > 0, tab)
      await workbench.shot(`charts-${tab}-${kind.replace('vscode-', '')}`)
    }
  })

test('after a reload the panel is back; the session is not, and its recording opens in its place', async () => {
  await workbench.command('MoE: Show Charts')
  await charts()
  await page.reload()
  const frame = await charts()
  await finding(frame, /^The session has ended\.$/)
  await frame.getByRole('button', { name: 'Open its recording' }).click()
  await frame.locator('#tab-load').click()
  await finding(frame, /fair share|load|dead/i)
})
