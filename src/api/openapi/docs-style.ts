/** The style of the page of the API's documentation, light and dark, from 360 pixels up. */
export const docsStyle = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#ffffff, #131417);
  --raised: light-dark(#f6f7f9, #1b1d21);
  --ink: light-dark(#1a1c20, #e7e9ee);
  --quiet: light-dark(#565c68, #a2a9b6);
  --line: light-dark(#dfe2e8, #2e3138);
  --accent: light-dark(#1d4fc4, #8fb2ff);
  --mark: light-dark(#8a5200, #e6b25e);
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, monospace;
}
* { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--paper);
  color: var(--ink);
  font: 16px/24px var(--sans);
  overflow-wrap: anywhere;
}
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
code { font: 14px/20px var(--mono); }
p { margin: 8px 0; max-width: 65ch; }
h1, h2, h3, h4 { line-height: 1.3; overflow-wrap: break-word; }
h1 { margin: 0; font-size: 28px; }
h2 { margin: 48px 0 0; padding-bottom: 8px; border-bottom: 1px solid var(--line); font-size: 28px; font-weight: 600; }
header h2, h3 { font-size: 20px; }
header h2 { margin-top: 32px; border: 0; padding: 0; }
h3 { margin: 32px 0 4px; font-weight: 600; }
h3 a { color: inherit; }
h4 { margin: 24px 0 4px; color: var(--quiet); font-size: 14px; font-weight: 600; }
.lead { font-size: 20px; line-height: 28px; color: var(--quiet); }
.skip { position: absolute; left: -9999px; }
.skip:focus { position: static; }
main { padding: 24px 16px 96px; max-width: 880px; }
nav { padding: 8px 16px; border-bottom: 1px solid var(--line); background: var(--raised); font-size: 14px; line-height: 20px; }
nav summary { padding: 8px 0; line-height: 24px; font-weight: 600; cursor: pointer; }
nav p { margin: 12px 0 4px; font-weight: 600; }
nav ul { margin: 0; padding: 0; list-style: none; }
nav li a { display: block; padding: 4px 0; color: var(--quiet); }
.operation, .schema { scroll-margin-top: 16px; padding-bottom: 32px; border-bottom: 1px solid var(--line); }
.call { display: flex; gap: 8px; align-items: baseline; max-width: none; padding: 8px 12px; border: 1px solid var(--line); border-radius: 4px; background: var(--raised); }
.method { font: 600 12px/20px var(--mono); color: var(--accent); }
.who { color: var(--quiet); }
.who strong { color: var(--ink); font-weight: 600; }
.fields { border-top: 1px solid var(--line); font-size: 14px; line-height: 20px; }
.fields p { margin: 2px 0; }
.field { padding: 8px 0; border-bottom: 1px solid var(--line); }
.field:last-child { border-bottom: 0; }
.field .fields { margin-top: 8px; padding-left: 12px; border-top: 0; border-left: 2px solid var(--line); }
.type, .type code { color: var(--quiet); }
.type a code { color: inherit; }
.rules, .rules code, .hint { color: var(--quiet); font-size: 12px; }
.mark { margin-left: 4px; color: var(--mark); font-size: 12px; }
.status { font: 600 14px/20px var(--mono); font-variant-numeric: tabular-nums; }
@media (min-width: 640px) {
  .field { display: grid; grid-template-columns: 220px minmax(0, 1fr); gap: 16px; }
  .field .fields .field { grid-template-columns: 160px minmax(0, 1fr); }
}
@media (min-width: 1024px) {
  body { display: grid; grid-template-columns: 280px minmax(0, 1fr); }
  nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; border-right: 1px solid var(--line); border-bottom: 0; }
  nav summary { list-style: none; pointer-events: none; }
  nav details::details-content { display: block; content-visibility: visible; block-size: auto; }
  main { padding: 32px 48px 96px; max-width: 976px; }
}
`;
