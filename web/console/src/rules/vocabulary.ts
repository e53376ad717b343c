export { useTitles, type Fields } from '../conditions/vocabulary';
