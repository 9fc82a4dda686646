/** What `look` gives once it gives anything; a look that throws is a look too early. Fails after `patience` ms with `what` was waited for. */
export async function until(look, what, patience = 20_000) {
  const end = Date.now() + patience
  let last
  for (;;) {
    try {
      const found = await look()
      if (found) return found
    } catch (error) {
      last = error
    }
    if (Date.now() > end) throw new Error(`waited in vain for ${what}${last ? `: ${last.message}` : ''}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
