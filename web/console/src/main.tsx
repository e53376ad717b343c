import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router-dom';

import { Console } from './app';
import { Problem } from './api/client';
import { readAhead } from './api/hooks';
import { startLanguage } from './i18n';
import './styles.css';

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // A session that has ended sends the reader to the log-in page, and back here afterwards.
    onError: (error) => {
      if (error instanceof Problem && error.status === 401) void client.invalidateQueries({ queryKey: ['/api/session'] });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // What the server refuses it would refuse again; only an unreachable one is worth a second try.
      retry: (tries, error) => error instanceof Problem && error.status === 0 && tries < 2,
      refetchOnWindowFocus: true,
    },
  },
});

// What the first page needs is asked for at once, not in turns: session, code, figures.
readAhead(client, '/api/session').then(
  (session) => {
    if (session.state !== 'ready' || location.pathname !== '/') return;
    const days = Number(new URLSearchParams(location.search).get('days')) || 30;
    readAhead(client, '/api/overview', { query: { days } }).catch(() => undefined); // the page itself tells
  },
  () => undefined,
);
if (location.pathname === '/') {
  void import('./components/Shell');
  void import('./pages/Overview');
  void import('./components/Chart');
}

await startLanguage();
createRoot(document.getElementById('root')!).render(
  <QueryClientProvider client={client}>
    <BrowserRouter>
      <Console />
    </BrowserRouter>
  </QueryClientProvider>,
);
