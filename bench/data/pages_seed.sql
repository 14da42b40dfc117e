-- A company that has worked for two years: numbers follow the goal of the admin panel
-- (1,000 documents, 100,000 messages). Times lie so that 300 chats are of today.
-- %(tenant)s, sealed bodies %(said)s, %(subject)s, %(details)s, %(words)s come from bench/pages.py.
insert into users (tenant_id, login, name, role, password_hash, approved_at, companies)
select %(tenant)s, 'agent-' || n, 'Агент ' || n, 'agent', '', case when n %% 10 > 0 then now() end, '{}'
from generate_series(1, 50) n;
insert into contacts (tenant_id, profile) select %(tenant)s, %(details)s from generate_series(1, %(chats)s);
insert into conversations (tenant_id, contact_id, channel, channel_user_id, state, last_seq, created_at, updated_at, operator_id)
select %(tenant)s, c.id, 'web', 'bench-' || c.id,
       case when c.n %% 200 = 0 then 'handover_requested' when c.n %% 7 = 0 then 'issuing' else 'qa' end, 25,
       now() - interval '1 hour' * (%(chats)s - c.n) * 4 + case when c.n > %(chats)s - 300 then interval '4 hours' * (%(chats)s - c.n) else interval '0' end,
       now() - interval '1 hour' * (%(chats)s - c.n) * 4 + case when c.n > %(chats)s - 300 then interval '4 hours' * (%(chats)s - c.n) else interval '0' end,
       null
from (select id, row_number() over (order by id) n from contacts where tenant_id = %(tenant)s) c;
insert into log_entries (public_id, conversation_id, seq, kind, sender, body, created_at)
select gen_random_uuid(), c.id, s, 'message', case when s %% 2 = 1 then 'user' else 'ai' end, %(said)s, c.updated_at
from conversations c, generate_series(1, 25) s;
insert into handovers (tenant_id, conversation_id, status, reason, requested_at, claimed_by, claimed_at, first_reply_at, ended_at, outcome)
select tenant_id, id, case when state = 'handover_requested' then 'waiting' else 'ended' end, 'client_asked', updated_at,
       case when state <> 'handover_requested' then (select min(id) from users where role = 'agent') end, updated_at, updated_at,
       case when state <> 'handover_requested' then updated_at end, 'closed'
from conversations where id %% 5 = 0;
insert into quote_requests (tenant_id, conversation_id, key, product, provider, status, request, created_at)
select tenant_id, id, 'q' || id, 'osago', 'polis_online', 'done', %(details)s, updated_at from conversations;
insert into sales (tenant_id, conversation_id, contact_id, key, product, provider, company_code, offer_id, offer_price, price, state, policy_number, payload, settled, paid_at, created_at)
select tenant_id, id, contact_id, 's' || id, 'osago', 'polis_online', 'alfa', 'o', 5000, 5000, 'issued', 'XXX ' || id, %(details)s, true, updated_at, updated_at
from conversations where id %% 2 = 0;
insert into policies (tenant_id, sale_id, conversation_id, contact_id, product, company_code, number, price, start_date, expire_at, file_key, subject, operator_id, created_at)
select tenant_id, id, conversation_id, contact_id, 'osago', 'alfa', 'XXX ' || id, 5000, created_at::date, created_at::date + 364, 'f', %(subject)s,
       (select min(u.id) from users u where u.role = 'agent'), created_at
from sales;
insert into reminders (tenant_id, policy_id, remind_at, recipients, status, days_before)
select p.tenant_id, p.id, p.expire_at - d, '{client,agent}', case when p.expire_at - d < now() then 'sent' else 'pending' end, d
from policies p, unnest(array[45, 30, 14, 7, 3, 1]) d;
insert into incidents (tenant_id, conversation_id, type, status, details, created_at)
select tenant_id, id, 'ai_inaccuracy', case when id %% 40 = 0 then 'open' else 'closed' end, %(details)s, updated_at
from conversations where id %% 4 = 0;
insert into audit_entries (tenant_id, user_id, action, target, details, created_at)
select %(tenant)s, (select min(id) from users), 'login.succeeded', 'agent:' || gen_random_uuid(), %(details)s, now() - interval '20 minutes' * n
from generate_series(1, 30000) n;
insert into provider_exchanges (provider, operation, method, path, status, duration_ms, attempt, created_at)
select 'polis_online', 'quote', 'GET', '/v1/quotes', 200, 100, 1, now() - interval '10 minutes' * n from generate_series(1, 50000) n;
insert into commissions (tenant_id, operator_id, policy_id, conversation_id, policy_number, product, company_code, premium, issued_on, status, booked_on)
select tenant_id, operator_id, id, conversation_id, number, product, company_code, price, start_date, 'accrued', start_date from policies;
insert into commission_lines (tenant_id, commission_id, kind, amount, booked_on)
select tenant_id, id, 'accrual', 500, booked_on from commissions;
insert into kb_documents (tenant_id, company_code, product_code, title, status, version, file_key, file_name, mime, page_count, content_hash, revision, lineage)
select %(tenant)s, (array['alfa', 'ingos', 'reso', 'vsk', 'sogaz'])[1 + n %% 5], (array['osago', 'kasko'])[1 + n %% 2], 'Правила № ' || n, 'published', 1,
       'bench', 'rules-' || n || '.pdf', 'application/pdf', 12, md5(n::text), 1000000 + n, gen_random_uuid()
from generate_series(1, 1000) n;
insert into kb_passages (tenant_id, document_id, idx, heading_path, text)
select tenant_id, id, s, title, 'Страхователь сообщает о случае номер ' || s || ' за ' || id %% 30 || ' дней. Франшиза ' || id || ' рублей.'
from kb_documents, generate_series(1, 8) s where file_key = 'bench';
insert into kb_unanswered (tenant_id, question, created_at) select %(tenant)s, %(words)s, now() - interval '1 hour' * n from generate_series(1, 500) n;
insert into update_sources (tenant_id, type, url, title, schedule_cron, next_at, created_by)
select %(tenant)s, 'page', 'https://example.ru/' || n, 'Источник ' || n, '0 6 * * *', now() + interval '1 day', 'bench' from generate_series(1, 20) n;
insert into update_items (tenant_id, source_id, url, title)
select s.tenant_id, s.id, s.url || '/' || n, 'Документ ' || n from update_sources s, generate_series(1, 20) n;
insert into update_events (tenant_id, source_id, item_id, kind, summary, title, url)
select tenant_id, source_id, id, 'changed', 'Изменился лимит', title, url from update_items;
analyze;
