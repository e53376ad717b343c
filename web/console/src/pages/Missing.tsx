import { useTranslation } from 'react-i18next';

import { LinkButton } from '../components/LinkButton';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { Section } from '../components/Section';

export default function Missing() {
  const { t } = useTranslation();
  return (
    <Page title={t('problem.not_found')}>
      <Section>
        <NextStep text={t('problem.no_page')}>
          <LinkButton to="/">{t('page.overview')}</LinkButton>
        </NextStep>
      </Section>
    </Page>
  );
}
