/** Links that lead to a question open it in place; a page that came with one open begins in it. */
export function takeDialogs(): void {
  for (const dialog of document.querySelectorAll<HTMLDialogElement>('dialog[open]')) {
    dialog.close();
    dialog.showModal();
  }
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const opener = event.target.closest<HTMLElement>('[data-dialog]');
    const dialog = opener && document.getElementById(opener.dataset.dialog ?? '');
    const closer = event.target.closest('[data-close]')?.closest('dialog');
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
    else if (closer) closer.close();
    else return;
    event.preventDefault();
  });
}
