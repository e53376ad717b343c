/** A unified diff, line by line in color; the signs tell it without color. */
export function Diff({ text }: { text: string }) {
  return (
    <pre className="diff">
      {text.split('\n').map((line, place) => (
        <span key={place} className={line.startsWith('@@') ? 'place' : line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : ''}>
          {line}{'\n'}
        </span>
      ))}
    </pre>
  );
}
