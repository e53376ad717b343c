/** Return the fields of a query such as `?a=1&b=2`; of a repeated one the last. */
export function fieldsOf(query: string): Record<string, string> {
  const fields: Record<string, string> = {};
  query.replace(/([^?&=#]+)=([^&#]*)/g, (_, name: string, text: string) => {
    try {
      fields[name] = decodeURIComponent(text.replace(/\+/g, ' '));
    } catch {
      fields[name] = text; // not a text in percent code after all
    }
    return '';
  });
  return fields;
}
