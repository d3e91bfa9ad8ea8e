/** Hands a file to the browser's downloads. */
export function download(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // The browser has taken the address by the next turn of its loop, and some need a little longer.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

/** A table as CSV with a byte-order mark, so that spreadsheets read the Chinese. */
export function downloadTable(head: readonly string[], rows: readonly (readonly (string | number)[])[], name: string): void {
  const cell = (v: string | number) => (/[",\n]/.test(String(v)) ? `"${String(v).replace(/"/g, '""')}"` : String(v))
  const lines = [head, ...rows].map((row) => row.map(cell).join(','))
  download(new Blob([`\ufeff${lines.join('\r\n')}\r\n`], { type: 'text/csv' }), name)
}

/** Hands what a canvas shows to them, as a PNG. */
export async function downloadPng(canvas: HTMLCanvasElement, name: string): Promise<void> {
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'))
  if (blob) download(blob, name)
}
