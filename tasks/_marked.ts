/**
 * A page with what is written by a task between the marks `<!-- NAME:begin -->` and `<!-- NAME:end -->`.
 *
 * @throws {SyntaxError} naming the page, if its marks are gone.
 */
export function withMarked(path: string, page: string, name: string, text: string): string {
  const marked = new RegExp(`(<!-- ${name}:begin -->\\n)[^]*?(<!-- ${name}:end -->)`);
  if (!marked.test(page)) {
    throw new SyntaxError(`Cannot write ${path}: its marks ${name}:begin and ${name}:end are gone`);
  }
  return page.replace(marked, (_, begin, end) => `${begin}${text}\n${end}`);
}
