namespace Mesh.Wire.Http1;

/// <summary>How far a reader has come.</summary>
internal enum ReadResult : byte
{
    /// <summary>All that was there is taken, or a piece of a body; there is more to come.</summary>
    NeedMore,

    /// <summary>What was to be read is whole.</summary>
    Done,

    /// <summary>The peer broke a rule, and nobody knows where its next message begins: the connection must end.</summary>
    Fault,
}
