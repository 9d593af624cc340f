namespace Mesh.Wire.Http1;

/// <summary>What a <see cref="LineReader"/> found.</summary>
internal enum LineResult : byte
{
    /// <summary>The line has not ended; all that came is taken.</summary>
    NeedMore,

    /// <summary>A line.</summary>
    Line,

    /// <summary>It is longer than allowed, whether it has ended or not.</summary>
    TooLong,

    /// <summary>A NUL, an LF without a CR before it, or a CR without an LF behind it.</summary>
    BadEnd,
}
