namespace Mesh.Policy.Sharing;

/// <summary>
/// One limit as one of those who divide it knows it: who shares it, what each needs, and what each was given until when. What is given at any
/// time is no more than the whole, but for changes that are too small to be told. One caller at a time; pure.
/// </summary>
/// <param name="began">When the first word of it came, in ticks.</param>
public sealed class LimitPool(long began)
{
    // A grant that differs by less is not worth a message.
    private const double Notable = 0.01;

    private readonly Dictionary<ulong, Member> _members = [];
    private IReadOnlyList<Sharer> _elsewhere = [];
    private int _dividers = 1;
    private int _expected;
    private double _givenElsewhere;

    /// <summary>Who shares it here, those among them that are gone and may still have a part.</summary>
    public int Count => _members.Count;

    /// <summary>Those here, as others who divide it are told.</summary>
    /// <param name="now">In ticks.</param>
    public IEnumerable<Sharer> Here(long now) =>
        _members.Select(member => new Sharer(member.Key, member.Value.IsThere ? member.Value.Wanted : 0, member.Value.KeptAt(now)));

    /// <summary>One that is here says what it needs.</summary>
    /// <param name="sharer">It.</param>
    /// <param name="wanted">In parts of the whole; not negative.</param>
    /// <param name="held">What it has by a grant that holds, if by another's; else 0.</param>
    /// <param name="told">How many share it, as it was told last; else 0.</param>
    /// <param name="now">In ticks.</param>
    /// <param name="valid">How long a grant holds.</param>
    /// <returns>What it has from now on, if it is new: not more than is left. Null if it will be told when it has changed.</returns>
    public SharerGrant? Report(ulong sharer, double wanted, double held, int told, long now, TimeSpan valid)
    {
        if (_members.TryGetValue(sharer, out var known) && known.IsThere)
        {
            known.Wanted = wanted;
            return null;
        }

        if (now < began + valid.Ticks)
        {
            _expected = Math.Max(_expected, told); // others may have grants of somebody before us
        }

        _members.Remove(sharer);
        var given = _members.Values.Where(member => member.IsThere).Sum(member => member.Part) + _givenElsewhere;
        var left = Math.Max(0, 1 - given - KeptAt(now) - MissingAt(now, valid)) / _dividers;
        var part = Math.Max(LimitShare.Least, held > 0 ? Math.Min(held, left) : left / 2);
        _members[sharer] = new Member { Wanted = wanted, Part = part, Until = now + valid.Ticks };
        return new SharerGrant(sharer, part, CountAll());
    }

    /// <summary>One is gone. What it has it may use until that is over, if it did not say that it does not.</summary>
    /// <param name="sharer">It.</param>
    /// <param name="isGivenBack">It has it no longer.</param>
    public void Leave(ulong sharer, bool isGivenBack)
    {
        if (isGivenBack)
        {
            _members.Remove(sharer);
        }
        else if (_members.TryGetValue(sharer, out var member))
        {
            member.IsThere = false;
        }
    }

    /// <summary>Who else shares it, as others who divide it say.</summary>
    /// <param name="sharers">All of them.</param>
    /// <param name="dividers">How many divide it, this one included.</param>
    public void SetElsewhere(IReadOnlyList<Sharer> sharers, int dividers)
    {
        // One that has moved is said by both for a while.
        _elsewhere = [.. sharers.Where(sharer => !_members.TryGetValue(sharer.Id, out var here) || (sharer.Kept == 0 && !here.IsThere))];
        foreach (var sharer in _elsewhere)
        {
            _members.Remove(sharer.Id);
        }

        _dividers = dividers;
    }

    /// <summary>Divides it anew.</summary>
    /// <param name="now">In ticks.</param>
    /// <param name="valid">How long a grant holds.</param>
    /// <returns>Whom to tell: where it has changed, or is about to be over.</returns>
    public List<SharerGrant> Divide(long now, TimeSpan valid)
    {
        foreach (var gone in _members.Where(member => !member.Value.IsThere && member.Value.Until <= now).Select(member => member.Key).ToList())
        {
            _members.Remove(gone);
        }

        var here = _members.Where(member => member.Value.IsThere).ToList();
        double[] wanted = [.. here.Select(member => member.Value.Wanted), .. _elsewhere.Where(sharer => sharer.Kept == 0).Select(sharer => sharer.Wanted)];
        var parts = new double[wanted.Length];
        LimitDivision.Divide(wanted, parts, Math.Min(1, KeptAt(now) + MissingAt(now, valid)));
        _givenElsewhere = parts.Skip(here.Count).Sum(); // as they see it as well
        var count = CountAll();
        var grants = new List<SharerGrant>();
        for (var i = 0; i < here.Count; i++)
        {
            var member = here[i].Value;
            if (Math.Abs(parts[i] - member.Part) > Notable * member.Part || member.Until - now < valid.Ticks / 2)
            {
                (member.Part, member.Until) = (parts[i], now + valid.Ticks);
                grants.Add(new SharerGrant(here[i].Key, parts[i], count));
            }
        }

        return grants;
    }

    private int CountAll() => Math.Max(1, _members.Count(member => member.Value.IsThere) + _elsewhere.Count(sharer => sharer.Kept == 0));

    private double KeptAt(long now) =>
        _members.Values.Sum(member => member.KeptAt(now)) + _elsewhere.Sum(sharer => sharer.Kept);

    // Who divides it since a moment ago does not know all yet: those that have not come back have grants of before, or one part of as many as there were.
    private double MissingAt(long now, TimeSpan valid) =>
        now < began + valid.Ticks && _expected > 0 ? Math.Max(0, _expected - CountAll()) / (double)_expected : 0;

    private sealed class Member
    {
        public bool IsThere { get; set; } = true;

        public double Wanted { get; set; }

        public double Part { get; set; }

        public long Until { get; set; }

        public double KeptAt(long now) => IsThere || Until <= now ? 0 : Part;
    }
}
