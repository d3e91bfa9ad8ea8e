// Noto Sans SC, split by unicode-range: a page loads only the parts whose
// characters it shows. Apart from the page's own style so that it does not
// hold up the first paint.
import '@fontsource/noto-sans-sc/400.css'
import '@fontsource/noto-sans-sc/600.css'
