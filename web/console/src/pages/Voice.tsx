import '../insights/insights.css';

import { Asking } from '../insights/Asking';
import { useAnswer, useQuestion } from '../insights/question';
import { VoiceAnswer } from '../insights/VoiceAnswer';
import { usualVoice, voiceAsked, VoiceQuestion, type VoiceSpec } from '../insights/VoiceQuestion';

export default function Voice() {
  const { spec, change } = useQuestion<VoiceSpec>(usualVoice);
  const wanted = voiceAsked(spec ?? usualVoice);
  const query = useAnswer('/api/insights/voice', wanted);
  return (
    <Asking
      name="voice" query={query} isAsked
      question={<VoiceQuestion spec={spec ?? usualVoice} choices={query.data?.answer.choices} change={change} />}
    >
      {(told) => <VoiceAnswer {...told} showAll={() => change({ days: {}, kind: undefined, category: undefined })} />}
    </Asking>
  );
}
