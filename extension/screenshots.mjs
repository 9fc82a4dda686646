// npm run screenshots: the pictures of README.md and of the walkthrough, from the last run of ./test vscode.
import { copyFileSync } from 'node:fs'

for (const picture of ['stop', 'step', 'condition', 'change', 'own']) copyFileSync(`artifacts/screenshots/walkthrough-${picture}.png`, `extension/media/walkthrough-${picture}.png`)
