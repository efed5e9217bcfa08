import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateOutputTokens, estimateTokens } from '../../../lib/accounting/estimate.ts';

/** Texts of one's own, with the count of OpenAI's o200k vocabulary (gpt-tokenizer 4.0.0). */
const counted: readonly (readonly [kind: string, exact: number, text: string])[] = [
  [
    'en',
    73,
    'The gateway keeps a small ledger of every request it carries. When a provider falls silent, the next one is asked at once, and the caller never learns that anything went wrong. Prices are kept as whole numbers, because a sum of rounded figures is not the rounded sum, and nobody likes to explain a missing cent to an accountant at the end of the month.',
  ],
  [
    'de',
    84,
    'Das Gateway führt ein kleines Buch über jede Anfrage, die es weiterleitet. Verstummt ein Anbieter, wird sofort der nächste gefragt, und der Aufrufer erfährt nicht, dass etwas schiefgegangen ist. Preise werden als ganze Zahlen geführt, denn die Summe gerundeter Beträge ist nicht der gerundete Betrag der Summe, und niemand erklärt der Buchhaltung gern einen fehlenden Cent.',
  ],
  [
    'fr',
    57,
    "La passerelle tient un petit registre de chaque requête qu'elle transporte. Quand un fournisseur se tait, on interroge aussitôt le suivant, et l'appelant n'apprend jamais que quelque chose s'est mal passé. Les prix sont gardés en nombres entiers.",
  ],
  [
    'zh',
    83,
    '网关为它转发的每一个请求都记一笔小账。当某个供应商沉默时，立刻询问下一个供应商，调用者永远不会知道出了什么问题。价格以整数保存，因为四舍五入后的数字之和并不等于总和的四舍五入，而月底谁也不愿意向会计解释少了一分钱。',
  ],
  [
    'ja',
    70,
    'ゲートウェイは転送するすべてのリクエストについて小さな帳簿をつけています。プロバイダーが沈黙すると、すぐに次のプロバイダーに問い合わせ、呼び出し側は何か問題が起きたことに気づきません。',
  ],
  [
    'ko',
    48,
    '게이트웨이는 전달하는 모든 요청에 대해 작은 장부를 기록합니다. 공급자가 침묵하면 즉시 다음 공급자에게 묻고, 호출자는 무엇이 잘못되었는지 알지 못합니다.',
  ],
  [
    'ru',
    49,
    'Шлюз ведёт небольшую книгу каждого запроса, который он передаёт. Когда поставщик замолкает, сразу спрашивают следующего, и вызывающая сторона никогда не узнает, что что-то пошло не так.',
  ],
  [
    'ar',
    45,
    'تحتفظ البوابة بسجل صغير لكل طلب تنقله. عندما يصمت أحد المزودين، يُسأل المزود التالي على الفور، ولا يعلم المتصل أبدا أن شيئا ما قد حدث.',
  ],
  [
    'hi',
    40,
    'गेटवे अपने द्वारा भेजे गए हर अनुरोध का एक छोटा सा हिसाब रखता है। जब कोई प्रदाता चुप हो जाता है, तो तुरंत अगले से पूछा जाता है।',
  ],
  [
    'ids',
    66,
    '550e8400-e29b-41d4-a716-446655440000 6ba7b810-9dad-11d1-80b4-00c04fd430c8 f47ac10b-58cc-4372-a567-0e02b2c3d479',
  ],
  ['numbers', 1194, Array.from({ length: 300 }, (_, index) => (index * 7919) % 100_000).join(', ')],
  [
    'JSON',
    76,
    '{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-5-mini","choices":[{"index":0,"message":{"role":"assistant","content":"Hello there","refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}}',
  ],
  [
    'code',
    71,
    "export function parse(text: string): Money {\n  const [whole = '', fraction = ''] = text.split('.');\n  if (!/^\\d+$/.test(whole)) throw new RangeError(`not an amount: ${text}`);\n  return { units: Number(whole), cents: Number(fraction.padEnd(2, '0')) };\n}\n",
  ],
];

describe('estimateTokens', () => {
  it.each(counted)('is within -10 %% and +35 %% of the count: %s', (_, exact, text) => {
    const ratio = estimateTokens(text) / exact;
    expect(ratio).toBeGreaterThan(0.9);
    expect(ratio).toBeLessThan(1.35);
  });

  it('counts nothing in nothing, and something in white space', () => {
    expect(estimateTokens('')).toBe(0);
    expect(estimateTokens(' ')).toBe(1);
    expect(estimateTokens(' '.repeat(1_000_000))).toBe(125_000);
    expect(estimateTokens('\u{1F600}'.repeat(10))).toBe(20);
  });

  it('is whole and never less than an eighth of the bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const tokens = estimateTokens(text);
        return Number.isInteger(tokens) && tokens >= Math.ceil(Buffer.byteLength(text) / 8);
      }),
    );
  });

  it('grows with the text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), fc.string({ maxLength: 100 }), (a, b) => {
        return estimateTokens(`${a}\n\n${b}`) >= Math.max(estimateTokens(a), estimateTokens(b)) - 1;
      }),
    );
  });
});

describe('estimateOutputTokens', () => {
  it.each([
    [0, 0],
    [1, 1],
    [4, 1],
    [401, 101],
    [-1, 0],
  ])('%i characters are %i tokens', (characters, tokens) => {
    expect(estimateOutputTokens(characters)).toBe(tokens);
  });
});
