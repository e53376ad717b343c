import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

export type Language = 'zh-CN' | 'en';
export const LANGUAGES: Language[] = ['zh-CN', 'en'];
const REMEMBERED = 'zhiyin.language';

// Only the language that is read is loaded.
const loaders: Record<Language, () => Promise<{ default: object }>> = {
  'zh-CN': () => import('./zh-CN.json'),
  en: () => import('./en.json'),
};

export function rememberedLanguage(): Language | null {
  const found = localStorage.getItem(REMEMBERED);
  return LANGUAGES.includes(found as Language) ? (found as Language) : null;
}

export async function speak(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation')) {
    const { default: texts } = await loaders[language]();
    i18next.addResourceBundle(language, 'translation', texts);
  }
  await i18next.changeLanguage(language);
  localStorage.setItem(REMEMBERED, language);
  document.documentElement.lang = language;
}

export async function startLanguage(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: {},
    lng: undefined,
    fallbackLng: false,
    keySeparator: '.',
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await speak(rememberedLanguage() ?? 'zh-CN');
}
