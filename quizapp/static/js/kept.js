// Changes kept on this device until the server has acknowledged them. Strict durability: what the page calls
// "kept" has left the browser's memory and survives a killed browser.
//
// A record is { key, slot, page, url, change }: `slot` is "person:attempt:position", `key` adds the change's id, so
// that two tabs never write over each other; `page` names the page load that made it; `order` is given here.
function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("quizapp", 2);
    request.onupgradeneeded = () => {
      const database = request.result;
      for (const name of [...database.objectStoreNames]) database.deleteObjectStore(name);
      database.createObjectStore("kept", { keyPath: "order", autoIncrement: true }).createIndex("key", "key");
    };
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

// A record that has been put before keeps its place in the order.
export async function put(record) {
  record.order = await work("readwrite", (store) => store.put(record));
}

export const remove = (record) =>
  work("readwrite", (store) => {
    const found = store.index("key").getKey(record.key);
    found.onsuccess = () => {
      if (found.result !== undefined) store.delete(found.result);
    };
    return found;
  });

// Every record whose key begins so, in the order kept; "person:attempt:" for a whole attempt.
export async function all(prefix) {
  const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
  const records = await work("readonly", (store) => store.index("key").getAll(range));
  return records.sort((one, other) => one.order - other.order);
}
