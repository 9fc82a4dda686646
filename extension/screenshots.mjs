// npm run screenshots: the pictures of README.md and of the walkthrough, from the last run of ./test vscode.
import { copyFileSync } from 'node:fs'

for (const picture of ['walkthrough-stop', 'walkthrough-step', 'walkthrough-condition', 'walkthrough-change', 'walkthrough-own', 'training-stopped'])
  copyFileSync(`artifacts/screenshots/${picture}.png`, `extension/media/${picture}.png`)
