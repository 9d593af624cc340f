using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Connections.States;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Http2.Connections.Receiving;

/// <summary>
/// Cuts a connection's bytes into frames, however the network has cut them. DATA is passed on as it comes; other frames
/// are passed on whole, and only what is incomplete at the end of a read is copied and kept.
/// </summary>
internal sealed class FrameReader(ConnectionState connection, FrameReceiver receiver, ConnectionScratch scratch, int maxFrameSize)
{
    /// <summary>The incomplete frame at the end of the last read; null while there is none, which is most of the time.</summary>
    private ByteBuffer? _kept;
    private int _prefaceSeen = connection.IsClient ? FrameWriter.Preface.Length : 0;
    private int _dataLeft;
    private int _skipLeft;

    /// <summary>Since when a frame other than DATA waits for its rest, in the loop's time; the largest value if none does.</summary>
    public long KeptSince { get; private set; } = long.MaxValue;

    /// <summary>Takes everything. Ends early only when the connection does.</summary>
    public void Read(ReadOnlySpan<byte> input)
    {
        if (_prefaceSeen < FrameWriter.Preface.Length && !ReadPreface(ref input))
        {
            return;
        }

        while (!input.IsEmpty && !receiver.IsDead)
        {
            if (_dataLeft > 0)
            {
                var n = Math.Min(_dataLeft, input.Length);
                _dataLeft -= n;
                receiver.Data.OnDataPiece(input[..n], last: _dataLeft == 0);
                input = input[n..];
            }
            else if (_skipLeft > 0)
            {
                var n = Math.Min(_skipLeft, input.Length);
                _skipLeft -= n;
                input = input[n..];
            }
            else if (_kept is { Length: > 0 })
            {
                CompleteKept(ref input);
            }
            else
            {
                var consumed = ReadFrame(input);
                if (consumed == 0)
                {
                    Keep(input);
                    return;
                }

                input = input[consumed..];
            }
        }
    }

    /// <summary>Gives back the memory of a frame that will not be completed.</summary>
    public void Release()
    {
        if (_kept is not null)
        {
            scratch.Return(_kept);
            _kept = null;
            KeptSince = long.MaxValue;
        }
    }

    private bool ReadPreface(ref ReadOnlySpan<byte> input)
    {
        var expected = FrameWriter.Preface[_prefaceSeen..];
        var n = Math.Min(expected.Length, input.Length);
        if (!input[..n].SequenceEqual(expected[..n]))
        {
            // What came before was as expected. No further than the first wrong byte: it must not matter how the bytes were cut.
            var right = expected.CommonPrefixLength(input);
            Span<byte> first = stackalloc byte[FrameWriter.Preface.Length];
            FrameWriter.Preface[..(_prefaceSeen + right)].CopyTo(first);
            first[_prefaceSeen + right] = input[right];
            receiver.OnBadPreface(first[..(_prefaceSeen + right + 1)]);
            return false;
        }

        _prefaceSeen += n;
        input = input[n..];
        return _prefaceSeen == FrameWriter.Preface.Length;
    }

    private void Keep(ReadOnlySpan<byte> input)
    {
        if (receiver.IsOtherProtocol(input))
        {
            return;
        }

        _kept = scratch.RentBuffer();
        _kept.Append(input);
        KeptSince = connection.Now;
    }

    /// <summary>Adds just what the kept frame lacks, so that the rest of the input is read where it lies.</summary>
    private void CompleteKept(ref ReadOnlySpan<byte> input)
    {
        var kept = _kept!;
        var lacking = Needed(kept.Written) - kept.Length;
        if (lacking > 0)
        {
            var n = Math.Min(lacking, input.Length);
            kept.Append(input[..n]);
            input = input[n..];
        }

        if (kept.Length < Needed(kept.Written))
        {
            _ = receiver.IsOtherProtocol(kept.Written);
        }
        else if (ReadFrame(kept.Written) > 0)
        {
            // The next incomplete frame may be long in coming: an idle connection keeps nothing.
            Release();
        }
    }

    /// <summary>How many bytes from here on must lie together.</summary>
    private int Needed(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < FrameHeader.Size)
        {
            return FrameHeader.Size;
        }

        var header = FrameHeader.Read(frame);
        return header.Length > maxFrameSize ? FrameHeader.Size : header.Type switch
        {
            // The padding's length lies before the data.
            FrameType.Data => FrameHeader.Size + (header.Has(FrameFlags.Padded) ? Math.Min(1, header.Length) : 0),
            <= FrameType.Continuation => FrameHeader.Size + header.Length,
            _ => FrameHeader.Size,
        };
    }

    /// <returns>How much of the input was used; 0 if the frame is incomplete.</returns>
    private int ReadFrame(ReadOnlySpan<byte> input)
    {
        var needed = Needed(input);
        if (input.Length < needed)
        {
            return 0;
        }

        var header = FrameHeader.Read(input);
        if (header.Length > maxFrameSize)
        {
            if (!receiver.IsOtherProtocol(input))
            {
                receiver.OnOversizedFrame();
            }

            return input.Length;
        }

        // A GOAWAY in the place of SETTINGS may be all that a server of HTTP/1.1 knows of HTTP/2.
        if ((header.Type == FrameType.GoAway && receiver.IsOtherProtocol(input)) || !receiver.MayFollow(header))
        {
            return input.Length;
        }

        if (header.Type == FrameType.Data)
        {
            var padded = header.Has(FrameFlags.Padded);
            if (padded && header.Length == 0)
            {
                receiver.OnBadFrameSize();
                return input.Length;
            }

            var padding = padded ? input[FrameHeader.Size] : 0;
            var data = header.Length - (padded ? 1 : 0) - padding;
            if (!receiver.Data.OnDataHeader(header, data))
            {
                return input.Length;
            }

            _dataLeft = data;
            _skipLeft = padding;
            return needed;
        }

        if (header.Type > FrameType.Continuation)
        {
            if (!receiver.OnUnknownFrame())
            {
                return input.Length;
            }

            _skipLeft = header.Length;
            return FrameHeader.Size;
        }

        receiver.OnFrame(header, input.Slice(FrameHeader.Size, header.Length));
        return needed;
    }
}
