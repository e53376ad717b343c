import { Alert, Button, Form, Input, Segmented, Typography } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, useNavigate, useSearchParams } from 'react-router-dom';

import { call, type Schemas } from '../api/client';
import { useSay } from '../components/Failure';
import { LANGUAGES, speak, type Language } from '../i18n';
import { useSession } from '../session';

type Fields = Schemas['SetupIn'] & { again?: string };

export default function Login() {
  const { t, i18n } = useTranslation();
  const { session, replace } = useSession();
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const say = useSay();
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const isSetup = session.state === 'setup';
  const next = safeNext(params.get('next'));

  useEffect(() => {
    document.title = `${t(isSetup ? 'login.setup_title' : 'login.title')} · ${t('product')}`;
  }, [t, isSetup]);
  if (session.state === 'ready') return <Navigate to={next} replace />;

  const submit = async (fields: Fields) => {
    setBusy(true);
    setProblem('');
    const { username, password } = fields;
    try {
      const opened = isSetup
        ? await call('post', '/api/setup', {
            body: { username, password, display_name: fields.display_name ?? '', language: i18n.language as Language },
          })
        : await call('post', '/api/login', { body: { username, password } });
      replace(opened);
      navigate(next, { replace: true });
    } catch (error) {
      setProblem(say(error));
      setBusy(false);
    }
  };

  return (
    <main className="login">
      <section className="login-story" aria-hidden>
        <div className="login-brand">
          <b>{t('brand.name')}</b> <span>{t('brand.latin')}</span>
        </div>
        <p className="login-claim">{t('login.claim')}</p>
        <ol className="loop">
          {['collect', 'know', 'predict', 'decide', 'deliver', 'measure'].map((step) => (
            <li key={step}>{t(`loop.${step}`)}</li>
          ))}
        </ol>
      </section>
      <section className="login-form">
        <Segmented
          aria-label={t('login.language')}
          value={i18n.language}
          onChange={(language) => void speak(language as Language)}
          options={LANGUAGES.map((language) => ({ value: language, label: t(`language.${language}`) }))}
        />
        <h1>{t(isSetup ? 'login.setup_title' : 'login.title')}</h1>
        <Typography.Paragraph type="secondary">
          {isSetup ? t('login.setup_lead') : t('login.lead', { workspace: session.workspace })}
        </Typography.Paragraph>
        {problem && <Alert type="error" showIcon title={problem} role="alert" />}
        <Form<Fields> layout="vertical" onFinish={submit} requiredMark={false} size="large">
          <Form.Item name="username" label={t('login.username')} rules={[{ required: true, message: t('login.need_username') }]}>
            <Input autoComplete="username" autoFocus />
          </Form.Item>
          {isSetup && (
            <Form.Item name="display_name" label={t('login.display_name')}>
              <Input autoComplete="name" />
            </Form.Item>
          )}
          <Form.Item
            name="password"
            label={t('login.password')}
            extra={isSetup ? t('login.password_rule') : undefined}
            rules={[
              { required: true, message: t('login.need_password') },
              ...(isSetup ? [{ min: 10, message: t('login.password_rule') }] : []),
            ]}
          >
            <Input.Password autoComplete={isSetup ? 'new-password' : 'current-password'} />
          </Form.Item>
          {isSetup && (
            <Form.Item
              name="again"
              label={t('login.again')}
              dependencies={['password']}
              rules={[
                ({ getFieldValue }) => ({
                  validator: async (_, value) => {
                    if (value !== getFieldValue('password')) throw new Error(t('login.differs'));
                  },
                }),
              ]}
            >
              <Input.Password autoComplete="new-password" />
            </Form.Item>
          )}
          <Button type="primary" htmlType="submit" block loading={isBusy}>
            {t(isSetup ? 'login.create' : 'login.enter')}
          </Button>
        </Form>
      </section>
    </main>
  );
}

// Only an address of the console itself: `//elsewhere` would lead out of it.
function safeNext(next: string | null): string {
  return next && next.startsWith('/') && !next.startsWith('//') && !next.startsWith('/login') ? next : '/';
}
