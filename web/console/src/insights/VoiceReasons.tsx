import { Table } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Bars } from '../components/Bars';
import { Section } from '../components/Section';
import { Share } from '../components/Share';
import { useFormat } from '../format';
import { Shown } from './AnswerCard';
import type { Look } from './People';
import { Quotes, useTitle } from './voice';

type Answer = Schemas['VoiceAnswer'];

/** Why people are not pleased, with what they said. */
export function Reasons({ answer, look }: { answer: Answer; look: Look | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const title = useTitle(answer);
  return (
    <Section title={t('voice.reasons')} flush={answer.reasons.length > 0}>
      {answer.reasons.length === 0 ? <p className="muted">{t('voice.no_reasons')}</p> : (
        <Table
          size="small" rowKey="reason" dataSource={answer.reasons} pagination={false} scroll={{ x: 'max-content' }}
          expandable={{ expandedRowRender: (one) => <Quotes quotes={one.examples} />, defaultExpandedRowKeys: answer.reasons.slice(0, 1).map((one) => one.reason) }}
          columns={[
            { title: t('voice.reason'), dataIndex: 'reason', render: title },
            { title: t('voice.share_of_reasons'), dataIndex: 'share', render: (share: number) => <Share share={share} /> },
            { title: t('voice.texts'), dataIndex: 'texts', align: 'right', render: format.count },
            {
              title: t('voice.people'), key: 'people', align: 'right',
              render: (_, one) => <Shown figure={{ value: one.people, text: format.count(one.people), look: look ? () => look({ reason: one.reason }, title(one.reason)) : undefined }} />,
            },
          ]}
        />
      )}
    </Section>
  );
}

/** Why payments were abandoned and customers left, as those concerned say. */
export function Moments({ answer, look }: { answer: Answer; look: Look | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const title = useTitle(answer);
  if (answer.moments.length === 0) return null;
  return (
    <div className="columns even">
      {answer.moments.map((one) => {
        const name = t('voice.why', { moment: title(one.moment) });
        return (
          <Section
            key={one.moment} title={name}
            extra={<Shown figure={{ value: one.people, text: t('voice.texts_people', { texts: format.count(one.texts), people: format.count(one.people) }), look: look ? () => look({ moment: one.moment }, title(one.moment)) : undefined }} />}
          >
            {one.reasons.length === 0 ? <p className="muted">{t('voice.no_reasons')}</p> : (
              <Bars label={name} bars={one.reasons.map((why) => ({ key: why.reason, name: title(why.reason), value: why.texts, text: format.count(why.texts) }))} />
            )}
          </Section>
        );
      })}
    </div>
  );
}
