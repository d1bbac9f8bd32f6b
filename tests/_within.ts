/** What a promise gives, or an error where that takes more than so many seconds. */
export async function within<T>(seconds: number, promise: Promise<T>, what = "an end"): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Not within ${seconds} s: ${what}`)),
    1000 * seconds,
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
