-- Phase 5, SEO integration: search engines, the sites users have connected, what was submitted, use.
-- Needs: phase 1 (public.users, schema private), phase 3 (public.content_item).

-- Search engines -----------------------------------------------------------------------------------------------

create table public.search_engine (
    id uuid not null default gen_random_uuid(),
    slug text not null,
    display_name text not null,
    api_endpoint text,
    api_docs_url text,
    supports_indexnow boolean default false,
    is_active boolean default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint search_engine_pkey primary key (id),
    constraint search_engine_slug_key unique (slug)
);

comment on table public.search_engine is 'Search engines that content can be submitted to.';
comment on column public.search_engine.id is 'Key.';
comment on column public.search_engine.slug is 'Name used in code, e.g. google.';
comment on column public.search_engine.display_name is 'Name shown to people.';
comment on column public.search_engine.api_endpoint is 'Where URLs are submitted.';
comment on column public.search_engine.api_docs_url is 'Documentation of its API.';
comment on column public.search_engine.supports_indexnow is 'Takes part in the IndexNow protocol.';
comment on column public.search_engine.is_active is 'False: not to be used at present.';
comment on column public.search_engine.created_at is 'When the engine was added.';
comment on column public.search_engine.updated_at is 'When the row last changed.';

-- Connections --------------------------------------------------------------------------------------------------

create table public.seo_connection (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null,
    search_engine_id uuid not null,
    vault_secret_name text not null,
    site_url text not null,
    is_active boolean default true,
    is_verified boolean default false,
    last_verified_at timestamptz,
    last_error text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint seo_connection_pkey primary key (id),
    constraint seo_connection_user_id_search_engine_id_site_url_key unique (user_id, search_engine_id, site_url),
    constraint seo_connection_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
    constraint seo_connection_search_engine_id_fkey foreign key (search_engine_id) references public.search_engine (id),
    -- A name is short and without blanks. What is longer is no name but a key that got here by mistake.
    constraint seo_connection_vault_secret_name_check check (vault_secret_name ~ '^[A-Za-z0-9_.:/-]{1,120}$'),
    constraint seo_connection_site_url_check check (site_url ~* '^https?://')
);

comment on table public.seo_connection is 'A user''s site at a search engine. The credentials are in Vault; here is only the name they have there.';
comment on column public.seo_connection.id is 'Key.';
comment on column public.seo_connection.user_id is 'Whose site.';
comment on column public.seo_connection.search_engine_id is 'The search engine.';
comment on column public.seo_connection.vault_secret_name is 'Name of the credentials in Vault, never the credentials.';
comment on column public.seo_connection.site_url is 'The site, http or https.';
comment on column public.seo_connection.is_active is 'False: the owner has switched it off.';
comment on column public.seo_connection.is_verified is 'The search engine has confirmed that the site is the user''s. Set by the service.';
comment on column public.seo_connection.last_verified_at is 'When it last did.';
comment on column public.seo_connection.last_error is 'What went wrong last.';
comment on column public.seo_connection.created_at is 'When the connection was made.';
comment on column public.seo_connection.updated_at is 'When the row last changed.';

create index seo_connection_search_engine_id_idx on public.seo_connection (search_engine_id);

-- Submissions --------------------------------------------------------------------------------------------------

create table public.seo_submission (
    id uuid not null default gen_random_uuid(),
    content_item_id uuid not null,
    connection_id uuid not null,
    search_engine_id uuid not null,
    submitted_url text not null,
    submission_type text not null,
    submission_method text,
    request_payload jsonb,
    response_status integer,
    response_body jsonb,
    status text not null default 'pending',
    status_checked_at timestamptz,
    index_status_url text,
    coverage_state text,
    error_message text,
    retry_count integer default 0,
    next_retry_at timestamptz,
    submitted_at timestamptz not null default now(),
    indexed_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint seo_submission_pkey primary key (id),
    constraint seo_submission_content_item_id_fkey
        foreign key (content_item_id) references public.content_item (id) on delete cascade,
    constraint seo_submission_connection_id_fkey
        foreign key (connection_id) references public.seo_connection (id) on delete cascade,
    constraint seo_submission_search_engine_id_fkey foreign key (search_engine_id) references public.search_engine (id),
    constraint seo_submission_submitted_url_check check (submitted_url ~* '^https?://'),
    constraint seo_submission_retry_count_check check (retry_count >= 0)
);

comment on table public.seo_submission is 'A URL submitted to a search engine, and what became of it. Written by the service.';
comment on column public.seo_submission.id is 'Key.';
comment on column public.seo_submission.content_item_id is 'The content; its submissions go with it.';
comment on column public.seo_submission.connection_id is 'The connection used; its submissions go with it.';
comment on column public.seo_submission.search_engine_id is 'The search engine, that of the connection.';
comment on column public.seo_submission.submitted_url is 'The URL.';
comment on column public.seo_submission.submission_type is 'What is asked for, e.g. url_updated, url_deleted.';
comment on column public.seo_submission.submission_method is 'How, e.g. api, indexnow, sitemap.';
comment on column public.seo_submission.request_payload is 'What was sent, without credentials.';
comment on column public.seo_submission.response_status is 'HTTP status of the answer.';
comment on column public.seo_submission.response_body is 'The answer.';
comment on column public.seo_submission.status is 'Where it stands: pending, submitted, indexed, failed, …; pending and failed are tried (again).';
comment on column public.seo_submission.status_checked_at is 'When the search engine was last asked about it.';
comment on column public.seo_submission.index_status_url is 'Where its state can be looked up.';
comment on column public.seo_submission.coverage_state is 'State in the search engine''s own words.';
comment on column public.seo_submission.error_message is 'Why it failed.';
comment on column public.seo_submission.retry_count is 'How often it was tried again.';
comment on column public.seo_submission.next_retry_at is 'When it is tried again.';
comment on column public.seo_submission.submitted_at is 'When it was submitted.';
comment on column public.seo_submission.indexed_at is 'When it was found in the index.';
comment on column public.seo_submission.created_at is 'When the row was added.';
comment on column public.seo_submission.updated_at is 'When the row last changed.';

create index idx_seo_submission_connection on public.seo_submission (connection_id, submitted_at desc);
create index idx_seo_submission_content on public.seo_submission (content_item_id, created_at desc);
create index idx_seo_submission_engine on public.seo_submission (search_engine_id, submitted_at desc);
create index idx_seo_submission_status on public.seo_submission (status, next_retry_at)
    where status in ('pending', 'failed');

-- Use ----------------------------------------------------------------------------------------------------------

create table public.seo_usage (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null,
    search_engine_id uuid not null,
    content_item_id uuid,
    operation_type text not null,
    urls_count integer default 1,
    billing_cycle_start timestamptz not null,
    billing_cycle_end timestamptz not null,
    created_at timestamptz not null default now(),
    constraint seo_usage_pkey primary key (id),
    constraint seo_usage_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
    constraint seo_usage_search_engine_id_fkey foreign key (search_engine_id) references public.search_engine (id),
    constraint seo_usage_content_item_id_fkey
        foreign key (content_item_id) references public.content_item (id) on delete set null,
    constraint seo_usage_urls_count_check check (urls_count >= 0),
    constraint seo_usage_billing_cycle_check check (billing_cycle_end > billing_cycle_start)
);

comment on table public.seo_usage is 'What was done at search engines for a user, by billing cycle. Written by the service.';
comment on column public.seo_usage.id is 'Key.';
comment on column public.seo_usage.user_id is 'For whom.';
comment on column public.seo_usage.search_engine_id is 'At which search engine.';
comment on column public.seo_usage.content_item_id is 'For which content; null: for none, or it is gone.';
comment on column public.seo_usage.operation_type is 'What was done, e.g. submit, check_status.';
comment on column public.seo_usage.urls_count is 'For how many URLs.';
comment on column public.seo_usage.billing_cycle_start is 'Start of the user''s billing cycle.';
comment on column public.seo_usage.billing_cycle_end is 'End of the user''s billing cycle.';
comment on column public.seo_usage.created_at is 'When.';

create index idx_seo_usage_engine on public.seo_usage (search_engine_id, created_at desc);
create index idx_seo_usage_user_billing on public.seo_usage (user_id, billing_cycle_start, billing_cycle_end);
create index seo_usage_content_item_id_idx on public.seo_usage (content_item_id);

-- Row level security and grants --------------------------------------------------------------------------------

alter table public.search_engine enable row level security;
alter table public.seo_connection enable row level security;
alter table public.seo_submission enable row level security;
alter table public.seo_usage enable row level security;

revoke all on table public.search_engine, public.seo_connection, public.seo_submission, public.seo_usage
    from public, anon, authenticated, service_role;

grant select, insert, update, delete
    on table public.search_engine, public.seo_connection, public.seo_submission, public.seo_usage
    to service_role;
grant select on table public.search_engine, public.seo_connection, public.seo_submission, public.seo_usage
    to authenticated;

-- A connection is made by the service, which has put the credentials into Vault: who could write vault_secret_name
-- himself could point it at another's credentials, and who could write is_verified or site_url could claim any site.
grant delete, update (is_active) on table public.seo_connection to authenticated;
