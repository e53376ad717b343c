export { ConditionGroup as RuleGroup } from '../conditions/ConditionGroup';
