/** The page of the charts. Nothing is allowed but one script with a nonce and styles and images of the bundle. */
export function page({ script, style, nonce, source }: { script: string; style: string; nonce: string; source: string }): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-${nonce}'; style-src ${source}; img-src ${source} data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title></title>
</head>
<body>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`
}
