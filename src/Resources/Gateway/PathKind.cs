namespace Mesh.Resources.Gateway;

/// <summary>How a match names its path.</summary>
internal enum PathKind
{
    /// <summary>Not at all.</summary>
    Any,

    /// <summary>The whole of it.</summary>
    Exact,

    /// <summary>The whole of it, which is a prefix of theirs without what may follow.</summary>
    PrefixAlone,

    /// <summary>Its beginning.</summary>
    Prefix,

    /// <summary>By a regular expression for the whole of it.</summary>
    Pattern,
}
