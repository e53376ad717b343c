import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { Failure } from '../components/Failure';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { PageSkeleton } from '../components/PageSkeleton';
import { Section } from '../components/Section';
import { useCatalog, type Catalog } from './names';

/** A page that asks about events: a skeleton until they are known, a next step where there are none. */
export function Catalogued({ title, children }: { title: string; children: (catalog: Catalog) => ReactNode }) {
  const { t } = useTranslation();
  const catalog = useCatalog();
  if (catalog.error && !catalog.isLoaded) return <Failure error={catalog.error} again={catalog.again} />;
  if (!catalog.isLoaded) return <PageSkeleton />;
  if (catalog.events.length === 0) {
    return (
      <Page title={t(title)}>
        <Section><NextStep text={t('insights.no_events')} command="zhiyin import RECIPE FILE… && zhiyin run" /></Section>
      </Page>
    );
  }
  return children(catalog);
}
