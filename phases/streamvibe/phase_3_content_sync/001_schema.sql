-- Phase 3, content sync: what was fetched from the connected accounts, searchable, with the history of its texts.
-- Needs: phase 1 (public.users, visibility_enum, schema private), phase 2 (public.platform, public.social_account).
-- Adds an index to a table of each of them.

-- What the search vector is built with -------------------------------------------------------------------------

create function private.search_text(p_words text[])
returns text
language sql
immutable
parallel safe
set search_path = ''
as $$
    select pg_catalog.array_to_string(p_words, ' ');
$$;

comment on function private.search_text(text[]) is
    'The words of an array in one text. array_to_string is only stable, since it must serve element types whose output '
    'depends on settings; text has none, so that this one is truly immutable, as a generated column demands.';

-- Content types ------------------------------------------------------------------------------------------------

create table public.content_type (
    id uuid not null default gen_random_uuid(),
    slug text not null,
    display_name text not null,
    description text,
    is_active boolean not null default true,
    sort_order integer default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint content_type_pkey primary key (id),
    constraint content_type_slug_key unique (slug)
);

comment on table public.content_type is 'The kinds of content that platforms have.';
comment on column public.content_type.id is 'Key.';
comment on column public.content_type.slug is 'Name used in code, e.g. short_video.';
comment on column public.content_type.display_name is 'Name shown to people.';
comment on column public.content_type.description is 'What counts as this type.';
comment on column public.content_type.is_active is 'False: no longer offered; existing content keeps it.';
comment on column public.content_type.sort_order is 'Order in lists, lowest first.';
comment on column public.content_type.created_at is 'When the type was added.';
comment on column public.content_type.updated_at is 'When the row last changed.';

-- Content ------------------------------------------------------------------------------------------------------

create table public.content_item (
    id uuid not null default gen_random_uuid(),
    social_account_id uuid not null,
    platform_id uuid not null,
    content_type_id uuid not null,
    platform_content_id text not null,
    platform_url text,
    title text,
    description text,
    thumbnail_url text,
    media_url text,
    duration_seconds integer,
    views_count integer default 0,
    likes_count integer default 0,
    comments_count integer default 0,
    shares_count integer default 0,
    tags text[],
    hashtags text[],
    category text,
    language text default 'en',
    ai_description text,
    -- left(): a tsvector holds 1 MB at most; a longer text must not make a sync fail.
    search_vector tsvector generated always as (
        setweight(to_tsvector('pg_catalog.english'::regconfig, left(coalesce(title, ''), 10000)), 'A')
        || setweight(to_tsvector('pg_catalog.english'::regconfig, left(coalesce(description, ''), 100000)), 'B')
        || setweight(to_tsvector('pg_catalog.english'::regconfig, left(coalesce(private.search_text(tags), ''), 10000)), 'C')
    ) stored,
    published_at timestamptz not null,
    synced_at timestamptz not null default now(),
    visibility public.visibility_enum default 'public',
    seo_title text,
    seo_description text,
    canonical_url text,
    total_clicks integer default 0,
    clicks_last_7_days integer default 0,
    clicks_last_30_days integer default 0,
    episode_number integer,
    season_number integer,
    podcast_show_name text,
    podcast_show_id text,
    isbn text,
    book_author text,
    book_publisher text,
    publication_date date,
    page_count integer,
    amazon_rating numeric(3, 2),
    amazon_reviews_count integer,
    embed_html text,
    embed_cached_at timestamptz,
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint content_item_pkey primary key (id),
    constraint content_item_platform_id_platform_content_id_key unique (platform_id, platform_content_id),
    constraint content_item_social_account_id_fkey
        foreign key (social_account_id) references public.social_account (id) on delete restrict,
    constraint content_item_platform_id_fkey foreign key (platform_id) references public.platform (id),
    constraint content_item_content_type_id_fkey foreign key (content_type_id) references public.content_type (id),
    constraint content_item_platform_content_id_check check (platform_content_id <> ''),
    constraint content_item_counts_check check (
        views_count >= 0 and likes_count >= 0 and comments_count >= 0 and shares_count >= 0
        and total_clicks >= 0 and clicks_last_7_days >= 0 and clicks_last_30_days >= 0
    ),
    constraint content_item_duration_seconds_check check (duration_seconds >= 0),
    -- Others are shown these, and follow them.
    constraint content_item_platform_url_check check (platform_url ~* '^https?://'),
    constraint content_item_thumbnail_url_check check (thumbnail_url ~* '^https?://'),
    constraint content_item_media_url_check check (media_url ~* '^https?://'),
    constraint content_item_canonical_url_check check (canonical_url ~* '^https?://')
)
-- Room for the click counters: their updates then stay on the page and touch no index.
with (fillfactor = 90);

comment on table public.content_item is 'One video, post, image … of a connected account, found once (platform and its id there).';
comment on column public.content_item.id is 'Key.';
comment on column public.content_item.social_account_id is 'The account it was published on; its user owns the content.';
comment on column public.content_item.platform_id is 'The account''s platform, kept here for the unique key.';
comment on column public.content_item.content_type_id is 'What kind of content it is.';
comment on column public.content_item.platform_content_id is 'Its id on the platform.';
comment on column public.content_item.platform_url is 'Its address on the platform.';
comment on column public.content_item.title is 'Title; searched with the highest weight.';
comment on column public.content_item.description is 'Description; searched with the second weight.';
comment on column public.content_item.thumbnail_url is 'Preview picture.';
comment on column public.content_item.media_url is 'The medium itself.';
comment on column public.content_item.duration_seconds is 'Length in seconds, of video and audio.';
comment on column public.content_item.views_count is 'Views on the platform at the last sync; a larger figure is stored as 2147483647.';
comment on column public.content_item.likes_count is 'Likes on the platform at the last sync.';
comment on column public.content_item.comments_count is 'Comments on the platform at the last sync.';
comment on column public.content_item.shares_count is 'Shares on the platform at the last sync.';
comment on column public.content_item.tags is 'Tags as the platform gives them; searched with the third weight.';
comment on column public.content_item.hashtags is 'Hashtags without the # sign.';
comment on column public.content_item.category is 'Category as the platform names it.';
comment on column public.content_item.language is 'Language of the content, ISO 639-1.';
comment on column public.content_item.ai_description is 'Description written by an AI model and accepted by the owner.';
comment on column public.content_item.search_vector is 'Title (A), description (B) and tags (C) for full-text search, english; computed.';
comment on column public.content_item.published_at is 'When it was published on the platform.';
comment on column public.content_item.synced_at is 'When it was last fetched.';
comment on column public.content_item.visibility is 'public: listed; unlisted: only who is given the link; private: the owner.';
comment on column public.content_item.seo_title is 'Title for search engines, if other than title.';
comment on column public.content_item.seo_description is 'Description for search engines.';
comment on column public.content_item.canonical_url is 'The address that search engines are told to index.';
comment on column public.content_item.total_clicks is 'Clicks on StreamVibe since ever.';
comment on column public.content_item.clicks_last_7_days is 'Clicks on StreamVibe in the last 7 days, as of the last recount.';
comment on column public.content_item.clicks_last_30_days is 'Clicks on StreamVibe in the last 30 days, as of the last recount.';
comment on column public.content_item.episode_number is 'Podcast: number of the episode.';
comment on column public.content_item.season_number is 'Podcast: number of the season.';
comment on column public.content_item.podcast_show_name is 'Podcast: name of the show.';
comment on column public.content_item.podcast_show_id is 'Podcast: the show''s id on the platform.';
comment on column public.content_item.isbn is 'Book: ISBN.';
comment on column public.content_item.book_author is 'Book: author.';
comment on column public.content_item.book_publisher is 'Book: publisher.';
comment on column public.content_item.publication_date is 'Book: date of publication.';
comment on column public.content_item.page_count is 'Book: number of pages.';
comment on column public.content_item.amazon_rating is 'Book: average rating at Amazon, 0 to 5.';
comment on column public.content_item.amazon_reviews_count is 'Book: number of reviews at Amazon.';
comment on column public.content_item.embed_html is 'The platform''s embed code; shown to others, so that only the service writes it.';
comment on column public.content_item.embed_cached_at is 'When the embed code was fetched.';
comment on column public.content_item.deleted_at is 'When the owner removed it; null while it is there.';
comment on column public.content_item.created_at is 'When it was first fetched.';
comment on column public.content_item.updated_at is 'When the row last changed; a click does not count as a change.';
comment on constraint content_item_platform_id_platform_content_id_key on public.content_item is
    'A platform''s item exists once, however often it is synced.';

create index idx_content_item_account on public.content_item (social_account_id, published_at desc)
    where deleted_at is null;
create index idx_content_item_hashtags on public.content_item using gin (hashtags)
    where hashtags is not null;
create index idx_content_item_platform on public.content_item (platform_id, published_at desc)
    where deleted_at is null;
create index idx_content_item_published on public.content_item (published_at desc)
    where deleted_at is null and visibility = 'public';
create index idx_content_item_search on public.content_item using gin (search_vector);
create index idx_content_item_tags on public.content_item using gin (tags)
    where tags is not null;
create index content_item_social_account_id_idx on public.content_item (social_account_id);
create index content_item_content_type_id_idx on public.content_item (content_type_id);

comment on index public.content_item_social_account_id_idx is
    'Covers the foreign key: idx_content_item_account leaves removed content out.';

-- History of the texts -----------------------------------------------------------------------------------------

create table public.content_revision (
    id uuid not null default gen_random_uuid(),
    content_item_id uuid not null,
    user_id uuid,
    field_name text not null,
    old_value text,
    new_value text,
    change_source text,
    change_reason text,
    created_at timestamptz not null default now(),
    constraint content_revision_pkey primary key (id),
    constraint content_revision_content_item_id_fkey
        foreign key (content_item_id) references public.content_item (id) on delete cascade,
    constraint content_revision_user_id_fkey foreign key (user_id) references public.users (id) on delete set null
);

comment on table public.content_revision is 'What a content item''s texts were before: one row for each changed field. Written by a trigger.';
comment on column public.content_revision.id is 'Key.';
comment on column public.content_revision.content_item_id is 'The content; its history goes with it.';
comment on column public.content_revision.user_id is 'Who changed it; null: the service (a sync), or a user who has been erased.';
comment on column public.content_revision.field_name is 'The changed column of content_item.';
comment on column public.content_revision.old_value is 'Value before; arrays as JSON.';
comment on column public.content_revision.new_value is 'Value after; arrays as JSON.';
comment on column public.content_revision.change_source is 'user (edited by a signed-in user) or service (sync, AI, upkeep).';
comment on column public.content_revision.change_reason is 'Why, where the service knows it.';
comment on column public.content_revision.created_at is 'When it was changed.';

create index idx_content_revision_content on public.content_revision (content_item_id, created_at desc);
create index idx_content_revision_user on public.content_revision (user_id, created_at desc);

-- What the policies ask ----------------------------------------------------------------------------------------
-- Views with their owner's rights, in a schema that the Data API does not expose: the planner joins them into the
-- query, or hashes them once, where a function would be called for each row. They show ids, nothing else.

create view private.own_account as
select a.id
from public.social_account a
where a.user_id = (select auth.uid());

comment on view private.own_account is 'Accounts of the signed-in user, removed ones included.';
comment on column private.own_account.id is 'social_account.id.';

create view private.public_account as
select a.id
from public.social_account a
join public.users u on u.id = a.user_id
where a.deleted_at is null
    and a.visibility = 'public'
    and u.is_public;

comment on view private.public_account is 'Accounts whose public content everybody may see: there, public, and of a public profile.';
comment on column private.public_account.id is 'social_account.id.';

-- The other way round: few accounts are hidden, so that a policy on content rather looks them up once and then lets
-- everything else pass. Both parts are read from small indexes, whatever the number of accounts.
create index social_account_hidden_idx on public.social_account (id)
    where deleted_at is not null or visibility <> 'public' or visibility is null;
create index users_hidden_idx on public.users (id)
    where is_public is not true;

comment on index public.social_account_hidden_idx is 'For private.hidden_account.';
comment on index public.users_hidden_idx is 'For private.hidden_account.';

create view private.hidden_account as
select a.id
from public.social_account a
where a.deleted_at is not null
    or a.visibility <> 'public'
    or a.visibility is null
union all
select theirs.id
from public.users u
cross join lateral (
    select a.id
    from public.social_account a
    where a.user_id = u.id
    offset 0 -- keeps the planner from reading all accounts instead
) theirs
where u.is_public is not true;

comment on view private.hidden_account is 'Accounts that are not in public_account; one that is hidden for two reasons comes twice.';
comment on column private.hidden_account.id is 'social_account.id.';

create view private.own_content as
select c.id
from public.content_item c
join public.social_account a on a.id = c.social_account_id
where a.user_id = (select auth.uid());

comment on view private.own_content is 'Content of the signed-in user, removed content included.';
comment on column private.own_content.id is 'content_item.id.';

create view private.visible_content as
select c.id
from public.content_item c
join public.social_account a on a.id = c.social_account_id
join public.users u on u.id = a.user_id
where a.user_id = (select auth.uid())
    or (
        c.visibility = 'public'
        and c.deleted_at is null
        and a.visibility = 'public'
        and a.deleted_at is null
        and u.is_public
    );

comment on view private.visible_content is 'Content that the caller may see: everybody''s public content and the caller''s own.';
comment on column private.visible_content.id is 'content_item.id.';

-- Row level security and grants --------------------------------------------------------------------------------

alter table public.content_type enable row level security;
alter table public.content_item enable row level security;
alter table public.content_revision enable row level security;

revoke all on table public.content_type, public.content_item, public.content_revision
    from public, anon, authenticated, service_role;
revoke all on table
    private.own_account,
    private.public_account,
    private.hidden_account,
    private.own_content,
    private.visible_content
from public, anon, authenticated, service_role;
revoke execute on function private.search_text(text[]) from public, anon, authenticated, service_role;

grant select on table private.hidden_account, private.visible_content to anon, authenticated;
grant select on table private.own_account, private.own_content to authenticated;
grant select on table private.public_account to service_role;
grant select, insert, update, delete on table public.content_type, public.content_item, public.content_revision
    to service_role;
-- Whoever writes content computes its search vector.
grant execute on function private.search_text(text[]) to authenticated, service_role;

grant select on table public.content_type to anon, authenticated;
grant select on table public.content_item to anon, authenticated;
grant select on table public.content_revision to authenticated;

-- What an owner may write. No new content: it comes from the platform, by the sync, which alone can tell whose it is
-- (whoever could add it by hand could take another's platform id first, and date it as he likes). Of what is there: not
-- what the platform or StreamVibe counted, not embed code, not where it comes from.
grant delete, update (
    content_type_id, title, description, thumbnail_url, tags, hashtags, category, language, ai_description,
    visibility, seo_title, seo_description, canonical_url,
    episode_number, season_number, podcast_show_name, podcast_show_id,
    isbn, book_author, book_publisher, publication_date, page_count, deleted_at
) on table public.content_item to authenticated;
