import {
  EyeOutlined,
  MailOutlined,
  RollbackOutlined,
  SearchOutlined,
  ShoppingCartOutlined,
  ShoppingOutlined,
} from '@ant-design/icons';
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useTitles } from '../conditions';
import { useFormat, type Format } from '../format';
import { NextStep } from './NextStep';

type Item = Schemas['Happening'];
const FIRST = 30;

/** What a customer did, newest first, under a heading per day. */
export function Happenings({ items }: { items: Item[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isWhole, setWhole] = useState(false);
  if (items.length === 0) return <NextStep text={t('customer.no_timeline')} />;
  const days = new Map<string, Item[]>();
  for (const item of isWhole ? items : items.slice(0, FIRST)) {
    const day = format.date(item.at);
    days.set(day, [...(days.get(day) ?? []), item]);
  }
  return (
    <div className="timeline">
      {[...days].map(([day, mine]) => (
        <section key={day}>
          <h3>{day}</h3>
          <ol>{mine.map((item, index) => <Row key={index} item={item} format={format} />)}</ol>
        </section>
      ))}
      {!isWhole && items.length > FIRST && (
        <Button size="small" onClick={() => setWhole(true)}>{t('action.show_all', { count: items.length })}</Button>
      )}
    </div>
  );
}

function Row({ item, format }: { item: Item; format: Format }) {
  const { t } = useTranslation();
  const titles = useTitles();
  const name = item.kind === 'touch' ? t(`receipt.${item.name}`, { defaultValue: item.name }) : titles.event(item.name);
  return (
    <li className={`happening ${item.kind}`}>
      <span className="happening-icon" aria-hidden>{iconOf(item)}</span>
      <span className="happening-time">{format.time(item.at).slice(-5)}</span>
      <span className="happening-name">{name}</span>
      <span className="happening-subject muted" title={item.subject ?? ''}>{item.subject}</span>
      <span className="happening-amount">{item.amount !== null && format.money(item.amount)}</span>
      <span className="happening-channel muted">{item.channel && t(`channel.${item.channel}`, { defaultValue: item.channel })}</span>
    </li>
  );
}

function iconOf(item: Item): ReactNode {
  if (item.kind === 'order') return <ShoppingOutlined />;
  if (item.kind === 'refund') return <RollbackOutlined />;
  if (item.kind === 'touch' || item.name.startsWith('Email') || item.name === 'Unsubscribed') return <MailOutlined />;
  if (item.name.includes('Search')) return <SearchOutlined />;
  return /Added|Cart|Checkout/.test(item.name) ? <ShoppingCartOutlined /> : <EyeOutlined />;
}
