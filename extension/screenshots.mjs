// npm run screenshots: the pictures of README.md and of the walkthrough, from the last run of ./test vscode.
import { copyFileSync } from 'node:fs'

const pictures = {
  'walkthrough-stop': 'debugging-sample-recording', 'walkthrough-step': 'debugging-stepped', 'walkthrough-condition': 'debugging-condition', 'walkthrough-change': 'debugging-changed',
  'walkthrough-own': 'debugging-launch-json',
}
for (const [picture, screenshot] of Object.entries(pictures)) copyFileSync(`artifacts/screenshots/${screenshot}.png`, `extension/media/${picture}.png`)
