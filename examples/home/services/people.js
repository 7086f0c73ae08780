const NAMES = ['Ada', 'Ben', 'Cleo', 'Dov', 'Eve', 'Finn', 'Gus', 'Hana', 'Ines', 'Jon'];

export const users = Array.from({ length: 500 }, (_, at) => ({
  id: String(at + 1),
  name: `${NAMES[at % NAMES.length]} ${Math.floor(at / NAMES.length) + 1}`,
  org: at % 2 ? 'acme' : 'globex',
}));

const byId = new Map(users.map((user) => [user.id, user]));
const orgs = new Map(['acme', 'globex'].map((id) => [id, { id, members: users.length / 2 }]));

export function findUser(id) {
  return byId.get(String(id)) ?? notFound('user');
}

export function findOrg(id) {
  return orgs.get(id) ?? notFound('organisation');
}

export function membersOf(org) {
  return users.filter((user) => user.org === org.id);
}

export function searchPeople(text) {
  const wanted = text.toLowerCase();
  return users.filter((user) => user.name.toLowerCase().includes(wanted)).slice(0, 10);
}

export function addPost(user, text) {
  return { by: user.id, text: text.slice(0, 280) };
}

export function payInvoice(org, user) {
  if (Number(user.id) % 9 === 0) throw new Error(`the bank refused invoice of ${user.id}`);
  return { org: org.id, user: user.id, paid: true };
}

function notFound(what) {
  throw Object.assign(new Error(`no such ${what}`), { status: 404 });
}
