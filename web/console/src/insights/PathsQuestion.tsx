import { Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';

import { Section } from '../components/Section';
import { Choice, DaysChoice, daysAsked, NumberPart, Part } from './Controls';
import type { Catalog } from './names';
import type { Days } from './question';
import { EventPicker } from './StepEditor';

export type PathsSpec = {
  item?: string;
  start?: string;
  end?: string;
  steps?: number;
  links?: number;
  days?: Days;
  exclude?: string[];
  at_least?: number;
};
const ITEMS = ['event', 'page', 'category', 'channel', 'platform'];

/** What a first visit asks: which ways people take, five steps far. */
export const usualPaths: PathsSpec = { item: 'event', steps: 5, links: 30, days: { last: 30 } };

/** The question as the server takes it. */
export function pathsAsked(spec: PathsSpec | undefined): PathsSpec | undefined {
  return spec && { ...spec, days: daysAsked(spec.days), start: spec.start || undefined, end: spec.end || undefined };
}

export function PathsQuestion(props: { spec: PathsSpec; catalog: Catalog; change: (changes: Partial<PathsSpec>) => void }) {
  const { t } = useTranslation();
  const { spec, catalog, change } = props;
  return (
    <Section className="ask">
      <div className="ask-parts first">
        <Choice
          name={t('insights.path_of')} value={spec.item ?? 'event'} choices={ITEMS.map((value) => ({ value, label: t(`insights.items.${value}`) }))}
          change={(item) => change({ item, start: undefined, end: undefined })}
        />
        <End name={t('insights.starts_with')} value={spec.start} item={spec.item ?? 'event'} catalog={catalog} change={(start) => change({ start })} />
        <End name={t('insights.ends_with')} value={spec.end} item={spec.item ?? 'event'} catalog={catalog} change={(end) => change({ end })} />
        <Part name={t('insights.leaving_out')}>
          <Select
            mode="multiple" allowClear className="ask-words" value={spec.exclude ?? []} aria-label={t('insights.leaving_out')} placeholder={t('insights.nothing_left_out')}
            onChange={(exclude: string[]) => change({ exclude: exclude.length ? exclude : undefined })}
            options={catalog.events.map((value) => ({ value, label: catalog.event(value) }))} optionFilterProp="label"
          />
        </Part>
      </div>
      <div className="ask-parts">
        <DaysChoice days={spec.days ?? { last: 30 }} change={(days) => change({ days })} />
        <NumberPart name={t('insights.path_steps')} value={spec.steps ?? 5} least={2} most={10} change={(steps) => change({ steps })} />
        <Choice
          name={t('insights.path_links')} value={String(spec.links ?? 30)} change={(links) => change({ links: Number(links) })}
          choices={[...new Set([15, 30, 50, 100, spec.links ?? 30])].sort((a, b) => a - b).map((n) => ({ value: String(n), label: String(n) }))}
        />
        <NumberPart name={t('insights.path_least')} value={spec.at_least ?? 1} least={1} most={1_000_000} change={(least) => change({ at_least: least > 1 ? least : undefined })} />
      </div>
    </Section>
  );
}

function End(props: { name: string; value: string | undefined; item: string; catalog: Catalog; change: (value: string | undefined) => void }) {
  const { t } = useTranslation();
  const { name, value, change } = props;
  return (
    <Part name={name}>
      {props.item === 'event' ? (
        <EventPicker label={name} catalog={props.catalog} event={value} change={change} placeholder={t('insights.anything')} isOptional />
      ) : (
        <Input
          key={value ?? ''} defaultValue={value} allowClear aria-label={name} placeholder={t('insights.anything')} className="ask-formula"
          onPressEnter={(event) => change(event.currentTarget.value || undefined)} onBlur={(event) => change(event.currentTarget.value || undefined)}
          onClear={() => change(undefined)}
        />
      )}
    </Part>
  );
}
