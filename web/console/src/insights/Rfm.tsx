import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { Loaded } from '../components/Loaded';
import { NextStep } from '../components/NextStep';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { AnswerCard, type Figure } from './AnswerCard';
import { Heat, type HeatRow } from './Heat';
import { usePeople } from './People';

type Cell = Schemas['RfmCell'];
const SCORES = [1, 2, 3, 4, 5];
const NOTHING = {};

/** Buyers by how recently and how often they bought, as the newest run scored them. */
export function Rfm() {
  const { t } = useTranslation();
  const query = useGet('/api/insights/rfm');
  return (
    <Loaded query={query}>
      {(data) =>
        data.people === 0 ? (
          <Section title={t('insights.rfm')}><NextStep text={t('insights.no_buyers')} command="zhiyin run" /></Section>
        ) : <Matrix cells={data.cells} all={data.people} />
      }
    </Loaded>
  );
}

function Matrix({ cells, all }: { cells: Cell[]; all: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const people = usePeople('rfm', NOTHING);
  const at = (r: number, f: number) => cells.find((cell) => cell.r === r && cell.f === f);
  const most = Math.max(...cells.map((cell) => cell.people));
  const lookAt = (r: number, f: number) =>
    people.look && at(r, f) ? () => people.look?.({ r, f }, t('insights.rfm_cell', { r, f })) : undefined;
  const recency = (r: number) => <>R{r} <small>{r === 5 ? t('insights.latest') : r === 1 ? t('insights.longest_ago') : ''}</small></>;
  const rows: HeatRow[] = [...SCORES].reverse().map((r) => ({
    key: String(r), name: recency(r),
    cells: SCORES.map((f) => {
      const cell = at(r, f);
      return {
        key: String(f), warmth: cell ? cell.people / most : null, look: lookAt(r, f),
        text: cell ? <><b>{format.count(cell.people)}</b><small>{format.share(cell.people / all)} · {format.compactMoney(cell.monetary / cell.people)}</small></> : '',
      };
    }),
  }));
  const figures = cells.map((cell): Figure[] => [
    { value: `R${cell.r} F${cell.f}`, text: `R${cell.r} F${cell.f}` },
    { value: cell.people, text: format.count(cell.people), look: lookAt(cell.r, cell.f) },
    { value: cell.people / all, text: format.share(cell.people / all) },
    { value: cell.monetary, text: format.money(cell.monetary, 0) },
    { value: cell.monetary / cell.people, text: format.money(cell.monetary / cell.people, 0) },
  ]);
  const columns = SCORES.map((f) => <>F{f} <small>{f === 5 ? t('insights.most_often') : f === 1 ? t('insights.least_often') : ''}</small></>);
  return (
    <AnswerCard
      title={t('insights.rfm')} file="rfm" view="rfm" rows={figures}
      columns={[t('insights.score'), ...['people', 'share_of_buyers', 'amount', 'amount_per_buyer'].map((key) => t(`insights.${key}`))]}
      extra={<Link to="/customers?sort=-monetary">{t('insights.all_customers')}</Link>}
      foot={<p className="muted ask-hint">{t('insights.rfm_foot')}</p>}
    >
      <div className="rfm"><Heat corner={t('insights.rfm_corner')} columns={columns} rows={rows} label={t('insights.rfm')} /></div>
      {people.drawer}
    </AnswerCard>
  );
}
