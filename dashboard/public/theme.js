// The choice that theme.ts keeps. Without one, the system's preference holds.
try {
  const theme = localStorage.getItem("behalfid.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is switched off: the system's preference it is.
}
