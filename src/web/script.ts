/** All that the page's script does: commands get a button that copies them. Without it they are selected by hand. */
export const SCRIPT = `
if (navigator.clipboard !== undefined) {
  for (const command of document.querySelectorAll('pre.command')) {
    const text = command.textContent;
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Copy';
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
      setTimeout(() => { button.textContent = 'Copy'; }, 2000);
    });
    command.append(button);
  }
}
`;
