import { useState } from 'preact/hooks';

/** Text to be taken along, with a button that copies it. */
export function CopyBlock({ text, label }: { text: string; label: string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
    } catch {
      setState('failed');
    }
    setTimeout(setState, 1500, 'idle');
  };
  const words = { idle: 'Copy', copied: 'Copied', failed: 'Select and copy' }[state];
  return (
    <div class="copy">
      <pre tabIndex={0}>{text}</pre>
      <button type="button" onClick={copy} aria-label={`Copy: ${label}`}>
        <span aria-live="polite">{words}</span>
      </button>
    </div>
  );
}
