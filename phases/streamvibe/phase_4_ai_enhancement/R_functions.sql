-- Functions of phase 4, all of them private: what the price list is for, and what marks a suggestion as applied.

create or replace function private.ai_cost_cents(p_model_id uuid, p_prompt_tokens integer, p_completion_tokens integer)
returns numeric
language sql
stable
parallel safe
set search_path = ''
as $$
    select (
            p_prompt_tokens * m.input_cost_per_1k_tokens
            + p_completion_tokens * m.output_cost_per_1k_tokens
        ) / 1000 * 100
    from public.ai_model m
    where m.id = p_model_id;
$$;

comment on function private.ai_cost_cents(uuid, integer, integer) is
    'Cost of a call in US cents, from the model''s prices; null if a price or a token count is unknown.';

create or replace function private.complete_ai_usage()
returns trigger
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
begin
    new.total_tokens := coalesce(new.total_tokens, new.prompt_tokens + new.completion_tokens);
    new.cost_cents := coalesce(
        new.cost_cents,
        private.ai_cost_cents(new.model_id, new.prompt_tokens, new.completion_tokens)
    );
    if new.billing_cycle_start is null and new.billing_cycle_end is null then
        select s.cycle_start_date, s.cycle_end_date
        into new.billing_cycle_start, new.billing_cycle_end
        from public.subscription s
        where s.user_id = new.user_id;
    end if;
    return new;
end
$$;

comment on function private.complete_ai_usage() is
    'Trigger of ai_usage: works out what the service leaves out (sum of tokens, cost, billing cycle).';

create or replace function private.complete_ai_suggestion()
returns trigger
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
begin
    new.total_cost_cents := coalesce(
        new.total_cost_cents,
        private.ai_cost_cents(new.model_id, new.prompt_tokens, new.completion_tokens)
    );
    return new;
end
$$;

comment on function private.complete_ai_suggestion() is
    'Trigger of ai_suggestion: works out the cost if model and tokens are known and it is not given.';

create or replace function private.mark_suggestion_applied()
returns trigger
language plpgsql
volatile
parallel unsafe
security definer -- the row that was inserted is proof enough that its author may apply the suggestion
set search_path = ''
as $$
begin
    update public.ai_suggestion s
    set is_applied = true,
        applied_at = coalesce(s.applied_at, new.applied_at)
    where s.id = new.suggestion_id
        and (s.is_applied is distinct from true or s.applied_at is null);
    return null;
end
$$;

comment on function private.mark_suggestion_applied() is
    'Trigger of ai_suggestion_application: the suggestion counts as applied from the first part on.';

create or replace function private.check_preferred_model()
returns trigger
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
declare
    v_provider_id uuid;
begin
    if new.preferred_model_id is null then
        return new;
    end if;
    select m.provider_id into v_provider_id from public.ai_model m where m.id = new.preferred_model_id;
    new.preferred_provider_id := coalesce(new.preferred_provider_id, v_provider_id);
    if new.preferred_provider_id <> v_provider_id then
        raise exception 'the preferred model is not one of the preferred provider'
            using errcode = 'check_violation';
    end if;
    return new;
end
$$;

comment on function private.check_preferred_model() is
    'Trigger of user_ai_setting: the model is one of the provider, which is filled in if it is not given.';

-- Who may execute what -----------------------------------------------------------------------------------------

revoke execute on function
    private.ai_cost_cents(uuid, integer, integer),
    private.complete_ai_usage(),
    private.complete_ai_suggestion(),
    private.mark_suggestion_applied(),
    private.check_preferred_model()
from public, anon, authenticated, service_role;

-- Called by the triggers above, which run as the service.
grant execute on function private.ai_cost_cents(uuid, integer, integer) to service_role;
