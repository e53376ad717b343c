/**
 * Return the text that a shop puts into the head of its pages.
 *
 * The stub keeps calls, whatever their name, until the script is there; the script's tag says the rest.
 */
export function snippet(host: string, writeKey: string): string {
  return `<script>
window.zhiyin = window.zhiyin || new Proxy([], { get: (calls, name) =>
  name in calls ? calls[name] : (...given) => { calls.push([name, ...given]); } });
</script>
<script async src="${host}/zhiyin.js" data-write-key="${writeKey}"></script>
`;
}
