// Changes kept on this device until the server has acknowledged them. Strict durability: what the page calls
// "kept" has left the browser's memory and survives a killed browser.
function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("quizapp", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("kept", { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function work(mode, act) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction("kept", mode, { durability: "strict" });
      const request = act(transaction.objectStore("kept"));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export const put = (record) => work("readwrite", (store) => store.put(record));
export const remove = (key) => work("readwrite", (store) => store.delete(key));
// Every record of one person's attempt; `prefix` is "person:attempt:".
export const all = (prefix) =>
  work("readonly", (store) => store.getAll(IDBKeyRange.bound(prefix, `${prefix}\uffff`)));
