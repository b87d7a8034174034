-- StreamVibe, phase 2: platform OAuth. Platforms, a user's connections to them, and the accounts found there.
--
-- Needs: phase 1 (users, subscription, helpers in schema private).
-- A token never gets here: it lives in Supabase Vault, and platform_connection keeps the name of the secret alone.

-- Tables --------------------------------------------------------------------------------------------------------------

create table public.platform (
    id uuid not null default gen_random_uuid(),
    slug text not null,
    display_name text not null,
    description text,
    website_url text,
    logo_url text,
    api_docs_url text,
    is_oauth_required boolean not null default true,
    is_active boolean not null default true,
    sort_order integer default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint platform_pkey primary key (id),
    constraint platform_slug_key unique (slug)
);
comment on table public.platform is 'Platforms that content comes from.';
comment on column public.platform.id is 'Key.';
comment on column public.platform.slug is 'Name for programs, for example youtube.';
comment on column public.platform.display_name is 'Name for people.';
comment on column public.platform.description is 'One sentence.';
comment on column public.platform.website_url is 'Where it is.';
comment on column public.platform.logo_url is 'Its logo; filled in by the operator.';
comment on column public.platform.api_docs_url is 'Where its interface is documented.';
comment on column public.platform.is_oauth_required is 'Connecting needs the user''s consent at the platform.';
comment on column public.platform.is_active is 'Can be connected; switched off by the operator.';
comment on column public.platform.sort_order is 'Place in lists, lowest first.';
comment on column public.platform.created_at is 'When the row was made.';
comment on column public.platform.updated_at is 'When the row last changed.';

create table public.account_status (
    id uuid not null default gen_random_uuid(),
    slug text not null,
    display_name text not null,
    description text,
    created_at timestamptz not null default now(),
    constraint account_status_pkey primary key (id),
    constraint account_status_slug_key unique (slug)
);
comment on table public.account_status is 'States of a social account.';
comment on column public.account_status.id is 'Key.';
comment on column public.account_status.slug is 'Name for programs: active, inactive, suspended, disconnected.';
comment on column public.account_status.display_name is 'Name for people.';
comment on column public.account_status.description is 'What the state means.';
comment on column public.account_status.created_at is 'When the row was made.';

create table public.platform_connection (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null,
    platform_id uuid not null,
    vault_secret_name text not null,
    scopes text[],
    token_expires_at timestamptz,
    platform_user_id text not null,
    platform_username text,
    platform_display_name text,
    platform_avatar_url text,
    is_active boolean not null default true,
    is_verified boolean default false,
    last_verified_at timestamptz,
    last_error text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint platform_connection_pkey primary key (id),
    constraint platform_connection_user_id_platform_id_key unique (user_id, platform_id),
    -- Repeats the key for social_account's foreign key, which takes user and platform along.
    constraint platform_connection_id_user_id_platform_id_key unique (id, user_id, platform_id),
    constraint platform_connection_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
    constraint platform_connection_platform_id_fkey foreign key (platform_id) references public.platform (id),
    -- A name is short and without blanks. What is longer is no name but a token that got here by mistake.
    constraint platform_connection_vault_secret_name_check check (vault_secret_name ~ '^[A-Za-z0-9_.:/-]{1,120}$')
);
comment on table public.platform_connection is 'A user''s consent at a platform. The tokens are in the vault; written by the OAuth callbacks as the service role.';
comment on column public.platform_connection.id is 'Key.';
comment on column public.platform_connection.user_id is 'Who consented.';
comment on column public.platform_connection.platform_id is 'At which platform; one connection a user and platform.';
comment on column public.platform_connection.vault_secret_name is 'Name of the vault secret that holds the tokens. Never a token.';
comment on column public.platform_connection.scopes is 'What the user consented to.';
comment on column public.platform_connection.token_expires_at is 'When the access token ends and has to be refreshed.';
comment on column public.platform_connection.platform_user_id is 'The user''s id at the platform.';
comment on column public.platform_connection.platform_username is 'The user''s handle at the platform.';
comment on column public.platform_connection.platform_display_name is 'The user''s name at the platform.';
comment on column public.platform_connection.platform_avatar_url is 'The user''s picture at the platform.';
comment on column public.platform_connection.is_active is 'May be used; the user can switch it off.';
comment on column public.platform_connection.is_verified is 'The token has been tried and works.';
comment on column public.platform_connection.last_verified_at is 'When it was last tried.';
comment on column public.platform_connection.last_error is 'What the platform said when it last did not work.';
comment on column public.platform_connection.created_at is 'When the connection was made.';
comment on column public.platform_connection.updated_at is 'When it last changed.';

create table public.social_account (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null,
    connection_id uuid not null,
    platform_id uuid not null,
    status_id uuid not null,
    account_name text not null,
    account_url text,
    description text,
    follower_count integer default 0,
    following_count integer default 0,
    post_count integer default 0,
    sync_mode public.action_mode_enum default 'manual',
    last_synced_at timestamptz,
    last_sync_status text,
    next_sync_at timestamptz,
    visibility public.visibility_enum default 'public',
    is_primary boolean default false,
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint social_account_pkey primary key (id),
    constraint social_account_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
    -- With user and platform, so that an account cannot hang on somebody else's connection, or on another platform's.
    constraint social_account_connection_id_fkey foreign key (connection_id, user_id, platform_id)
        references public.platform_connection (id, user_id, platform_id) on delete cascade,
    constraint social_account_platform_id_fkey foreign key (platform_id) references public.platform (id),
    constraint social_account_status_id_fkey foreign key (status_id) references public.account_status (id),
    constraint social_account_follower_count_check check (follower_count >= 0),
    constraint social_account_following_count_check check (following_count >= 0),
    constraint social_account_post_count_check check (post_count >= 0)
);
comment on table public.social_account is 'An account (channel, page) at a platform, found through a connection. How many a user may have is a matter of the tier.';
comment on column public.social_account.id is 'Key.';
comment on column public.social_account.user_id is 'Owner; the same as the connection''s.';
comment on column public.social_account.connection_id is 'Connection it was found through.';
comment on column public.social_account.platform_id is 'Platform; the same as the connection''s.';
comment on column public.social_account.status_id is 'State at the platform.';
comment on column public.social_account.account_name is 'Its name at the platform.';
comment on column public.social_account.account_url is 'Its address at the platform.';
comment on column public.social_account.description is 'Its description at the platform.';
comment on column public.social_account.follower_count is 'Followers when it was last synchronised.';
comment on column public.social_account.following_count is 'Accounts it follows, when it was last synchronised.';
comment on column public.social_account.post_count is 'Posts when it was last synchronised.';
comment on column public.social_account.sync_mode is 'Synchronised by itself, on request, or not at all.';
comment on column public.social_account.last_synced_at is 'When it was last synchronised.';
comment on column public.social_account.last_sync_status is 'How that went.';
comment on column public.social_account.next_sync_at is 'When it is due, if synchronised by itself.';
comment on column public.social_account.visibility is 'Who may see it.';
comment on column public.social_account.is_primary is 'The user''s main account at the platform.';
comment on column public.social_account.deleted_at is 'Set when the user removed it; it does not count for the tier''s limit then.';
comment on column public.social_account.created_at is 'When it was found.';
comment on column public.social_account.updated_at is 'When it last changed.';

-- Indexes -------------------------------------------------------------------------------------------------------------

create index idx_platform_connection_expiring
    on public.platform_connection (token_expires_at)
    where is_active = true and token_expires_at is not null;
create index platform_connection_platform_id_idx on public.platform_connection (platform_id);

create index idx_social_account_connection on public.social_account (connection_id, user_id, platform_id);
create index idx_social_account_next_sync
    on public.social_account (next_sync_at)
    where sync_mode = 'auto' and deleted_at is null;
create index idx_social_account_platform on public.social_account (platform_id);
create index idx_social_account_user_platform_active
    on public.social_account (user_id, platform_id, is_primary)
    where deleted_at is null;
-- Removed accounts too, for the foreign key.
create index social_account_user_id_idx on public.social_account (user_id);
create index social_account_status_id_idx on public.social_account (status_id);

-- Row level security (the policies are in R_policies.sql) ---------------------------------------------------------------

alter table public.platform enable row level security;
alter table public.account_status enable row level security;
alter table public.platform_connection enable row level security;
alter table public.social_account enable row level security;

-- Grants --------------------------------------------------------------------------------------------------------------

revoke all on table public.platform, public.account_status, public.platform_connection, public.social_account
from public, anon, authenticated, service_role;

grant select, insert, update, delete on table
    public.platform,
    public.account_status,
    public.platform_connection,
    public.social_account
to service_role;

grant select on table public.platform, public.account_status to anon, authenticated;

-- A connection is made by the OAuth callback alone: who could write vault_secret_name himself could point it at
-- somebody else's token. Deleting is the callback's side too, since the secret has to go with it.
grant select on table public.platform_connection to authenticated;
grant update (is_active) on table public.platform_connection to authenticated;

-- An account's name and numbers come from the platform; its owner decides how it is used, and may remove it.
grant select, delete on table public.social_account to authenticated;
grant update (sync_mode, visibility, is_primary, deleted_at) on table public.social_account to authenticated;
