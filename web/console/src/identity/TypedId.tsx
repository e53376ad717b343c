import { Link } from 'react-router-dom';
import { useTranslation } from 'react-i18next';

import { Chip } from '../components/Marks';

const TONES: Record<string, 'blue' | 'teal' | 'orange' | 'purple' | 'gold' | 'plain'> = {
  user: 'blue', phone: 'teal', email: 'teal', card: 'gold', openid: 'purple', unionid: 'purple', anon: 'plain',
};

export function isMasked(id: string): boolean {
  return id.includes('***');
}

/** A typed id: its kind as a word, and the rest; a link to the customer where it is asked for. */
export function TypedId({ id, isLink }: { id: string; isLink?: boolean }) {
  const { t } = useTranslation();
  const place = id.indexOf(':');
  const kind = place > 0 ? id.slice(0, place) : '';
  const rest = id.slice(place + 1);
  const text = <code>{rest}</code>;
  return (
    <span className="typed-id" title={id}>
      {kind && <Chip tone={TONES[kind]}>{t(`id_kind.${kind}`, { defaultValue: kind })}</Chip>}
      {isLink && !isMasked(id) ? <Link to={`/customers/${encodeURIComponent(id)}`}>{text}</Link> : text}
    </span>
  );
}

/** Kinds of evidence as words. */
export function Evidence({ kinds }: { kinds: string[] }) {
  const { t } = useTranslation();
  return <span className="chips">{kinds.map((kind) => <Chip key={kind}>{t(`evidence.${kind}`, { defaultValue: kind })}</Chip>)}</span>;
}
