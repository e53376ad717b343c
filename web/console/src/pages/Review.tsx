import { PrinterOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router-dom';

import { address } from '../api/client';
import { Page } from '../components/Page';
import { useFormat } from '../format';

/** A written review: a page of its own, shown in a frame that fits it. */
export default function Review() {
  const { t, i18n } = useTranslation();
  const { week = '' } = useParams();
  const format = useFormat();
  const frame = useRef<HTMLIFrameElement>(null);
  const title = t('review.of_week', { week: format.date(week) });
  const fit = () => {
    const body = frame.current?.contentDocument?.documentElement;
    if (frame.current && body) frame.current.style.height = `${body.scrollHeight + 8}px`;
  };
  return (
    <Page
      title={title}
      up={{ to: '/reviews', title: t('page.reviews') }}
      actions={<Button icon={<PrinterOutlined />} onClick={() => frame.current?.contentWindow?.print()}>{t('action.print')}</Button>}
    >
      <iframe
        ref={frame} className="review" title={title} onLoad={fit}
        src={address('/api/reviews/{week}', { week }, { language: i18n.language })}
      />
    </Page>
  );
}
