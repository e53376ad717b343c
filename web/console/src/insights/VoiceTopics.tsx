import { Table } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { NextStep } from '../components/NextStep';
import { Section } from '../components/Section';
import { Share } from '../components/Share';
import { NONE, useFormat } from '../format';
import { Shown } from './AnswerCard';
import type { Look } from './People';
import { Quotes, Split, tenths } from './voice';

type Answer = Schemas['VoiceAnswer'];
type Topic = Answer['topics'][number];

/** What people talk about: how much of it, whether more than before, how good, and in whose words. */
export function Topics({ answer, look }: { answer: Answer; look: Look | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (answer.topics.length === 0) {
    return <Section title={t('voice.topics')}><NextStep text={t('voice.no_topics')} command="zhiyin voice train && zhiyin run" /></Section>;
  }
  const change = ({ share, earlier_share: before }: Topic) => (before === null ? NONE : format.points(tenths(share - before)));
  return (
    <Section title={t('voice.topics')} flush>
      <Table
        size="small" rowKey="topic" dataSource={answer.topics} pagination={false} scroll={{ x: 'max-content' }}
        expandable={{ expandedRowRender: (one) => <Quotes quotes={one.examples} />, defaultExpandedRowKeys: answer.topics.slice(0, 1).map((one) => one.topic) }}
        columns={[
          { title: t('voice.topic'), dataIndex: 'topic', render: (topic: string) => <b className="voice-topic">{topic}</b> },
          { title: t('voice.share'), key: 'share', width: 170, render: (_, one) => <Share share={one.share} /> },
          ...(answer.earlier ? [{ title: t('voice.change'), key: 'change', align: 'right' as const, render: (_: unknown, one: Topic) => change(one) }] : []),
          { title: t('voice.texts'), dataIndex: 'texts', align: 'right', render: format.count },
          { title: t('voice.split'), key: 'split', width: 180, render: (_, one) => <Split tally={one} /> },
          { title: t('voice.negative_share'), dataIndex: 'negative_share', align: 'right', render: (value: number | null) => format.share(value, 0) },
          {
            title: t('voice.people'), key: 'people', align: 'right',
            render: (_, one) => <Shown figure={{ value: one.people, text: format.count(one.people), look: look ? () => look({ topic: one.topic }, one.topic) : undefined }} />,
          },
        ]}
      />
    </Section>
  );
}
