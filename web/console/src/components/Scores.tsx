import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { NONE, useFormat } from '../format';
import { NextStep } from './NextStep';
import { Section } from './Section';

type Score = Schemas['Score'];

/** Each model's answer about a customer, with what speaks for and against. */
export function Scores({ scores }: { scores: Score[] }) {
  const { t } = useTranslation();
  return (
    <Section title={t('customer.scores')}>
      {scores.length === 0 ? (
        <NextStep text={t('customer.no_scores')} command="zhiyin run models" />
      ) : (
        <div className="scores">{scores.map((score) => <ScoreCard key={score.model} score={score} />)}</div>
      )}
    </Section>
  );
}

function ScoreCard({ score }: { score: Score }) {
  const { t } = useTranslation();
  const format = useFormat();
  const isMoney = score.model === 'clv';
  const shown = (value: number | null) => (isMoney ? format.money(value) : format.share(value));
  const most = Math.max(...score.reasons.map((reason) => Math.abs(reason.effect ?? 0)), 1e-9);
  return (
    <article className="score">
      <header>
        <span>{t(`model.${score.model}`, { defaultValue: score.model })}</span>
        <b>{shown(score.score)}</b>
      </header>
      {!isMoney && (
        <div className="meter" role="img" aria-label={`${t(`model.${score.model}`)} ${shown(score.score)}`}>
          <span style={{ width: `${100 * Math.min(1, Math.max(0, score.score))}%` }} />
        </div>
      )}
      {score.low !== null && score.high !== null && (
        <p className="muted">{t('score.interval', { low: shown(score.low), high: shown(score.high) })}</p>
      )}
      <ul className="reasons">
        {score.reasons.slice(0, 5).map((reason) => (
          <li key={reason.feature}>
            <span>{t(`feature.${reason.feature}`, { defaultValue: reason.feature })}</span>
            <span className="muted">{typeof reason.value === 'number' ? format.decimal(reason.value) : String(reason.value ?? NONE)}</span>
            <span className="effect" title={reason.effect === null ? '' : format.decimal(reason.effect, 3)}>
              <i
                className={(reason.effect ?? 0) >= 0 ? 'up' : 'down'}
                style={{ width: `${(50 * Math.abs(reason.effect ?? 0)) / most}%` }}
              />
            </span>
          </li>
        ))}
      </ul>
      <footer className="muted">{score.model_version} · {format.date(score.as_of)}</footer>
    </article>
  );
}
