// Seals and addresses: what is not of this key, of this job and of this week is refused; passwords are told nowhere.
import { afterEach, expect, test, vi } from "vitest";
import { printable, type RunEvent } from "../../src/base/index.ts";
import { queueAddress, toldAddress, withoutPasswords } from "../../src/search/address.ts";
import { queueKey, seal, unseal } from "../../src/search/seal.ts";

const key = "0123456789abcdef";
afterEach(() => void vi.useRealTimers());

test("what was sealed is what comes out, for this key, kind and job", () => {
  const sealed = seal("job", "1", { name: "ä\u202e", list: [1, null] }, key);
  expect(unseal("job", "1", sealed, key)).toMatchObject({
    name: "ä\u202e",
    list: [1, null],
    kind: "job",
    id: "1",
  });
  expect(unseal("job", "1", JSON.parse(JSON.stringify(sealed)), key)).toHaveProperty("name");
  expect(unseal("job", "1", seal("job", "1", {}, undefined), undefined)).toHaveProperty("time");
});

test("the signature is HMAC-SHA256, as openssl computes it", () => {
  vi.useFakeTimers({ now: 0 });
  // printf '{"a":1,"kind":"job","id":"1","time":0}' | openssl dgst -sha256 -hmac 0123456789abcdef
  expect(seal("job", "1", { a: 1 }, key)).toEqual({
    text: '{"a":1,"kind":"job","id":"1","time":0}',
    signature: "7dc06d1cce3c3fd05ff824cff8225c5259b3bd025162f8fe5e8c030cae381953",
  });
});

test.each<[string, unknown, string]>([
  ["no seal", { name: "x" }, "it is not one of minnow's"],
  ["no signature", seal("job", "1", {}, undefined), "it is not signed"],
  ["an empty signature", { ...seal("job", "1", {}, key), signature: "" }, "its signature is not by this key"],
  ["another key", seal("job", "1", {}, `${key}0`), "its signature is not by this key"],
  ["another text", { ...seal("job", "1", {}, key), text: "{}" }, "its signature is not by this key"],
  ["another job", seal("job", "2", {}, key), "it was made for another job"],
  ["another kind", seal("result", "1", {}, key), "it was made for another job"],
  ["an id of its content", seal("job", "2", { id: "1" }, key), "it was made for another job"],
])("%s is refused", (_, sealed, why) => {
  expect(() => unseal("job", "1", sealed, key)).toThrow(`the job is refused: ${why}`);
});

test("what was signed long ago is refused", () => {
  const sealed = seal("job", "1", {}, key);
  vi.useFakeTimers({ now: Date.now() + 6.9 * 86_400_000 });
  expect(unseal("job", "1", sealed, key)).toHaveProperty("id");
  vi.useFakeTimers({ now: Date.now() + 0.2 * 86_400_000 });
  expect(() => unseal("job", "1", sealed, key)).toThrow("more than 7 days ago");
});

test("a key that could be guessed is refused", () => {
  expect(queueKey({})).toBeUndefined();
  expect(queueKey({ MINNOW_QUEUE_KEY: "" })).toBeUndefined();
  expect(queueKey({ MINNOW_QUEUE_KEY: key })).toBe(key);
  expect(() => queueKey({ MINNOW_QUEUE_KEY: "short" })).toThrow("5 characters; at least 16");
});

test("the address is that of the flag, else of the environment", () => {
  const told: string[] = [];
  const emit = (event: RunEvent): void => void (event.kind === "note" && told.push(event.message));
  const env = { MINNOW_QUEUE: "redis://:secret@env" };
  expect(queueAddress(undefined, {}, emit)).toBeUndefined();
  expect(queueAddress(undefined, env, emit)).toBe(env.MINNOW_QUEUE);
  expect(queueAddress("redis://flag", env, emit)).toBe("redis://flag");
  expect(told).toEqual([]);
  expect(queueAddress("redis://:secret@flag", env, emit)).toBe("redis://:secret@flag");
  expect(told).toEqual([expect.stringContaining("let MINNOW_QUEUE hold the address")]);
});

test.each([
  "redis://me:s3cret@host:1",
  "rediss://:s3cret@host:1",
  "redis://host:1?password=s3cret",
  "redis://me:s3cr%65t@host",
])("%s is told without its password", (url) => {
  expect(toldAddress(url)).toMatch(/^rediss?:\/\/host(:1)?$/);
  expect(withoutPasswords(`WRONGPASS s3cret at ${url}`, url)).not.toMatch(/s3cr/);
});

test.each([
  "me:s3cret@host:1",
  "http://me:s3cret@host",
  ":s3cret@host",
  "redis:me:s3cret@host",
  "host?x=s3cret",
])("%s is no address, and is told without its password", (url) => {
  expect(() => toldAddress(url)).toThrow("is no address of a Redis server");
  expect(() => toldAddress(url)).not.toThrow("s3cret");
});

test("a length that nothing can be compared with is refused", () => {
  expect(() => unseal("job", "1", { text: { length: [{ toString: [] }] } }, undefined)).toThrow(
    "the job is refused: it is not one of minnow's",
  );
});

test("no printed line has the password of an address", () => {
  expect(printable("from redis://me:s3cret@host:6379/0, or http://a:b:c@d")).toBe(
    "from redis://me:***@host:6379/0, or http://a:***@d",
  );
  expect(printable("http://host:80/a@b c://x")).toBe("http://host:80/a@b c://x");
});
