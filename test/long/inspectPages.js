/**
 * Runs in the browser: opens each page in a frame as wide as a phone, looks at it, and leaves what it found as the
 * text of this document.
 */
// biome-ignore lint/correctness/noUnusedVariables: site.test.ts adds the call
async function inspectPages(pages, width) {
  const findings = [];
  for (const page of pages) {
    const frame = document.createElement('iframe');
    frame.style.cssText = `width: ${width}px; height: 844px; border: 0`;
    const loaded = new Promise((resolve) => {
      frame.onload = resolve;
    });
    frame.src = page;
    document.body.append(frame);
    await loaded;
    findings.push({ page, ...(await inspect(frame)) });
    frame.remove();
  }
  document.body.textContent = `findings:${JSON.stringify(findings)}:end`;
}

async function inspect({ contentDocument: inner, contentWindow }) {
  const style = (element) => contentWindow.getComputedStyle(element);
  await Promise.all([...inner.images].map((image) => image.decode().catch(() => {})));
  const code = [...inner.querySelectorAll('pre.code, pre.code span')];
  const contrasts = code.map((element) => contrast(style(element).color, style(code[0]).backgroundColor));
  const links = new Set([...inner.querySelectorAll('a[href]')].map(({ href }) => href.replace(/#.*/, '')));
  const deadLinks = [];
  for (const link of links) if (!(await fetch(link)).ok) deadLinks.push(link);
  return {
    title: inner.title,
    pictures: inner.images.length,
    broken: [...inner.images].filter(({ naturalWidth }) => !(naturalWidth > 0)).map(({ alt }) => alt),
    tooWide: inner.documentElement.scrollWidth - inner.documentElement.clientWidth,
    letters: Math.min(...code.map((element) => Number.parseFloat(style(element).fontSize)), 99),
    contrast: Math.min(...contrasts, 21),
    deadLinks,
  };
}

/** WCAG 2.2, 1.4.3: from 1, no contrast, to 21, black on white. */
function contrast(...colors) {
  const [dark, light] = colors.map(luminance).sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color) {
  const [r, g, b] = color.match(/[\d.]+/g).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
