// Turns the text that a folded part was kept as into elements, when it is opened for the first time.
for (const fold of document.querySelectorAll('details:has(> script)')) {
  fold.addEventListener('toggle', () => {
    const kept = fold.querySelector(':scope > script');
    // The text is markup that the report's own templates made, escaped like all of the page.
    kept?.insertAdjacentHTML('afterend', kept.textContent ?? '');
    kept?.remove();
  });
}
